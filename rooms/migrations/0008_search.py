import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TABLE = "rooms_searchentry"
WORDS = "name || ' ' || more"

#: FTS5 with trigrams (SQLite 3.34), an external-content table that follows ours.
SQLITE = [
    f"CREATE VIRTUAL TABLE rooms_search USING fts5(name, more, content='{TABLE}', content_rowid='id', tokenize='trigram')",
    f"""CREATE TRIGGER search_added AFTER INSERT ON {TABLE} BEGIN
    INSERT INTO rooms_search(rowid, name, more) VALUES (NEW.id, NEW.name, NEW.more); END""",
    f"""CREATE TRIGGER search_removed AFTER DELETE ON {TABLE} BEGIN
    INSERT INTO rooms_search(rooms_search, rowid, name, more) VALUES ('delete', OLD.id, OLD.name, OLD.more); END""",
    f"""CREATE TRIGGER search_changed AFTER UPDATE ON {TABLE} BEGIN
    INSERT INTO rooms_search(rooms_search, rowid, name, more) VALUES ('delete', OLD.id, OLD.name, OLD.more);
    INSERT INTO rooms_search(rowid, name, more) VALUES (NEW.id, NEW.name, NEW.more); END""",
]
SQLITE_BACK = [
    *(f"DROP TRIGGER search_{what}" for what in ("added", "removed", "changed")),
    "DROP TABLE rooms_search",
]
#: A trusted extension: the owner of the database may create it.
POSTGRESQL = [
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    f"CREATE INDEX search_trigrams ON {TABLE} USING gin (({WORDS}) gin_trgm_ops)",
    f"CREATE INDEX search_english ON {TABLE} USING gin (to_tsvector('english', {WORDS}))",
    f"CREATE INDEX search_french ON {TABLE} USING gin (to_tsvector('french', {WORDS}))",
]
POSTGRESQL_BACK = [
    f"DROP INDEX {name}" for name in ("search_trigrams", "search_english", "search_french")
]


def _run(statements):
    def run(apps, schema_editor):
        for statement in statements[schema_editor.connection.vendor]:
            schema_editor.execute(statement)

    return run


class Migration(migrations.Migration):
    dependencies = [
        ("rooms", "0007_raid_mode"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField(verbose_name="name")),
                ("more", models.TextField(blank=True, verbose_name="more")),
                (
                    "person",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "room",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="rooms.room",
                        verbose_name="room",
                    ),
                ),
            ],
            options={
                "verbose_name": "search entry",
                "verbose_name_plural": "search entries",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("person__isnull", False), ("room", None)),
                            models.Q(("person", None), ("room__isnull", False)),
                            _connector="OR",
                        ),
                        name="search_of_one",
                    )
                ],
            },
        ),
        migrations.RunPython(
            _run({"sqlite": SQLITE, "postgresql": POSTGRESQL}),
            _run({"sqlite": SQLITE_BACK, "postgresql": POSTGRESQL_BACK}),
        ),
    ]
