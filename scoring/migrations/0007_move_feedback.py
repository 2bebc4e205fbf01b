from django.db import migrations

BATCH = 2_000


def move(apps, schema_editor):
    """A count was a simulation in a state of its own; its decisions were the leads of it."""
    scoring = {name: apps.get_model("scoring", name) for name in (
        "Simulation", "SimulatedLead", "ScoringModel", "FeedbackCount", "CountedDecision",
    )}  # fmt: skip
    versions = {one.version: one for one in scoring["ScoringModel"].objects.all()}
    made = apps.get_model("leads", "Transition").objects.filter(cause="person")
    known = set(made.values_list("pk", flat=True).iterator())
    for old in scoring["Simulation"].objects.filter(state="feedback").order_by("pk"):
        if version := versions.get(old.revision):
            names = ("since", "until", "total", "done", "beat_at", "finished_at", "result")
            said = {name: getattr(old, name) for name in names}
            count = scoring["FeedbackCount"].objects.create(version=version, **said)
            rows = scoring["SimulatedLead"].objects.filter(simulation=old).order_by("pk")
            scoring["CountedDecision"].objects.bulk_create(
                (decision(scoring["CountedDecision"], count, one)
                 for one in rows.iterator(BATCH) if one.detail["id"] in known),
                batch_size=500, ignore_conflicts=True,
            )  # fmt: skip
        scoring["SimulatedLead"].objects.filter(simulation=old).delete()
        old.delete()


def decision(model, count, row):
    return model(
        count=count, transition_id=row.detail["id"], lead_id=row.lead_id, result=row.kind,
        reason=row.detail["why"], at=row.at, has=row.detail["has"],
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0003_rescore"),
        ("scoring", "0006_feedback"),
    ]

    operations = [
        migrations.RunPython(move, migrations.RunPython.noop),
    ]
