"""People and rooms are searched one at a time: each kind gets indexes of its own, a tenth or half of the work."""

from django.conf import settings
from django.db import migrations, models

TABLE = "rooms_searchentry"
WORDS = "name || ' ' || more"
KINDS = ("person", "room")
LANGUAGES = ("english", "french")
#: No list of what waits to be put into the index: after many changes a search would read all of it.
AT_ONCE = "WITH (fastupdate = off)"


def _follow(table, *, name, more, suffix="", column=None):
    """An FTS5 table (trigrams, SQLite 3.34) that follows ours by triggers: all of it, or one kind of entry."""
    new, old, there = (
        f"{condition}{column} IS NOT NULL" if column else "" for condition in ("WHEN NEW.", "WHEN OLD.", "WHERE ")
    )
    options = f"content='{TABLE}', content_rowid='id', tokenize='trigram'"
    add = f"INSERT INTO {table}(rowid, name, more) VALUES (NEW.id, {name.format('NEW.')}, {more.format('NEW.')});"
    remove = (
        f"INSERT INTO {table}({table}, rowid, name, more)"
        f" VALUES ('delete', OLD.id, {name.format('OLD.')}, {more.format('OLD.')});"
    )
    return [
        f"CREATE VIRTUAL TABLE {table} USING fts5(name, more, {options})",
        f"INSERT INTO {table}(rowid, name, more) SELECT id, {name.format('')}, {more.format('')} FROM {TABLE} {there}",
        f"CREATE TRIGGER search_added{suffix} AFTER INSERT ON {TABLE} {new} BEGIN {add} END",
        f"CREATE TRIGGER search_removed{suffix} AFTER DELETE ON {TABLE} {old} BEGIN {remove} END",
        f"CREATE TRIGGER search_changed{suffix} AFTER UPDATE OF name, more ON {TABLE} {new} BEGIN {remove} {add} END",
    ]


def _leave(table, suffix=""):
    return [*(f"DROP TRIGGER search_{what}{suffix}" for what in ("added", "removed", "changed")), f"DROP TABLE {table}"]


#: The triggers go before the table is made anew for its new column, and come after it.
OF_ALL = {
    "sqlite": _follow("rooms_search", name="{}name", more="{}more"),
    "postgresql": [
        f"CREATE INDEX search_trigrams ON {TABLE} USING gin (({WORDS}) gin_trgm_ops)",
        *(f"CREATE INDEX search_{of} ON {TABLE} USING gin (to_tsvector('{of}', {WORDS}))" for of in LANGUAGES),
    ],
}
NO_MORE_OF_ALL = {
    "sqlite": _leave("rooms_search"),
    "postgresql": [f"DROP INDEX search_{name}" for name in ("trigrams", *LANGUAGES)],
}
#: Spaces round the whole, so that every word has one before and one behind it.
BY_KIND = {
    "sqlite": [
        statement
        for kind in KINDS
        for statement in _follow(
            f"rooms_search_{kind}",
            name="' ' || {}name || ' '",
            more="' ' || {}more || ' '",
            suffix=f"_{kind}",
            column=f"{kind}_id",
        )
    ],
    "postgresql": [
        statement
        for kind in KINDS
        for statement in (
            f"CREATE INDEX search_trigrams_{kind} ON {TABLE} USING gin ((' ' || {WORDS} || ' ') gin_trgm_ops) {AT_ONCE}"
            f" WHERE {kind}_id IS NOT NULL",
            *(
                f"CREATE INDEX search_{of}_{kind} ON {TABLE} USING gin (to_tsvector('{of}', {WORDS})) {AT_ONCE}"
                f" WHERE {kind}_id IS NOT NULL"
                for of in LANGUAGES
            ),
        )
    ],
}
NO_MORE_BY_KIND = {
    "sqlite": [statement for kind in KINDS for statement in _leave(f"rooms_search_{kind}", f"_{kind}")],
    "postgresql": [f"DROP INDEX search_{name}_{kind}" for name in ("trigrams", *LANGUAGES) for kind in KINDS],
}


def _run(statements):
    def run(apps, schema_editor):
        for statement in statements[schema_editor.connection.vendor]:
            schema_editor.execute(statement)

    return run


def _count_followers(apps, schema_editor):
    people = apps.get_model(settings.AUTH_USER_MODEL).objects.filter(pk=models.OuterRef("person_id"))
    entries = apps.get_model("rooms", "SearchEntry").objects.filter(person__isnull=False)
    entries.update(followers=models.Subquery(people.values("follower_count")))


class Migration(migrations.Migration):
    dependencies = [
        ("rooms", "0012_pins"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(_run(NO_MORE_OF_ALL), _run(OF_ALL)),
        migrations.AddField(
            "searchentry",
            "followers",
            models.PositiveIntegerField(db_default=0, default=0, verbose_name="followers"),
        ),
        migrations.RunPython(_count_followers, migrations.RunPython.noop),
        migrations.RunPython(_run(BY_KIND), _run(NO_MORE_BY_KIND)),
    ]
