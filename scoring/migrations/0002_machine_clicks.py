import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0001_initial"), ("scoring", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="MachineClick",
            fields=[
                (
                    "activity",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="machine_click",
                        serialize=False,
                        to="leads.activity",
                    ),
                ),
                ("judged_at", models.DateTimeField()),
            ],
        ),
    ]
