import hashlib
import json

from django.db import migrations, models
from django.utils import timezone

import leads.models.ordered

ASKED = ("when", "type", "where", "campaign", "content", "url_prefix")


def want(apps, schema_editor):
    """The rules published last are to be counted; whatever else there is the first count finds by itself."""
    newest = apps.get_model("scoring", "ScoringModel").objects.order_by("version").last()
    rows = {}
    for half in ("fit", "interest") if newest else ():
        for rule in newest.body[half].get("rules", ()):
            asked = {name: rule[name] for name in ASKED if rule.get(name) is not None}
            said = json.dumps([half, asked], sort_keys=True, ensure_ascii=True)
            rows[hashlib.sha256(said.encode()).hexdigest()] = (half, asked)
    figures = apps.get_model("scoring", "RuleFigures")
    now = timezone.now()
    figures.objects.bulk_create(
        figures(key=key, half=half, asked=asked, wanted_at=now) for key, (half, asked) in rows.items()
    )


class Migration(migrations.Migration):
    dependencies = [
        ("scoring", "0004_rescore"),
    ]

    operations = [
        migrations.CreateModel(
            name="RuleFigures",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=64, unique=True)),
                ("half", models.CharField(max_length=8)),
                ("asked", leads.models.ordered.OrderedJSON()),
                ("wanted_at", models.DateTimeField()),
                ("counted_at", models.DateTimeField(null=True)),
                ("claimed_until", models.DateTimeField(null=True)),
                ("matched", models.PositiveIntegerField(default=0)),
                ("accepted", models.PositiveIntegerField(default=0)),
                ("refused", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.RunPython(want, migrations.RunPython.noop),
    ]
