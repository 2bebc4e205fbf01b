from django.db import migrations, models


class Migration(migrations.Migration):
    """Apart from 0005: no index is built, and no writer kept out, while that looks for what was lost."""

    dependencies = [("handoff", "0005_fresh_contacts")]

    operations = [
        migrations.AddIndex(
            model_name="handoff",
            index=models.Index(
                condition=models.Q(("ended_at", None)),
                fields=["state", "queue", "rep"],
                name="handoff_of_seat",
            ),
        ),
        migrations.AddIndex(
            model_name="handoff",
            index=models.Index(
                condition=models.Q(("ended_at", None), ("open_to_team", True), ("state", "offered")),
                fields=["queue"],
                name="handoff_for_team",
            ),
        ),
    ]
