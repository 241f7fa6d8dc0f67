"""The ledger can be added to and read; the database refuses everything else, and what does not balance."""

from django.db import migrations

TXN, POSTING = "ticketing_journaltxn", "ticketing_posting"
FOREVER = "the ledger is append-only"
UNBALANCED = "the postings do not balance"
SEALED = "this movement is sealed"

#: Postings come first, then the movement that seals them; the foreign key between them is checked on commit.
_IS_UNBALANCED = (
    f"(SELECT COUNT(*) FROM {POSTING} WHERE txn_id = NEW.id) < 2 OR EXISTS (SELECT 1 FROM {POSTING} "
    "WHERE txn_id = NEW.id GROUP BY currency HAVING SUM(amount) <> 0)"
)
_IS_SEALED = f"EXISTS (SELECT 1 FROM {TXN} WHERE id = NEW.txn_id)"


def _abort(words):
    return f"BEGIN SELECT RAISE(ABORT, '{words}'); END"


SQLITE, SQLITE_BACK = [], []
for _name, _table in (("txn", TXN), ("posting", POSTING)):
    SQLITE += [
        f"CREATE TRIGGER journal_no_update_{_name} BEFORE UPDATE ON {_table} {_abort(FOREVER)}",
        f"CREATE TRIGGER journal_no_delete_{_name} BEFORE DELETE ON {_table} {_abort(FOREVER)}",
        # INSERT OR REPLACE deletes the old row without asking the trigger above.
        f"CREATE TRIGGER journal_no_replace_{_name} BEFORE INSERT ON {_table} "
        f"WHEN EXISTS (SELECT 1 FROM {_table} WHERE id = NEW.id) {_abort(FOREVER)}",
    ]
    SQLITE_BACK += [f"DROP TRIGGER journal_no_{what}_{_name}" for what in ("update", "delete", "replace")]
SQLITE += [
    f"CREATE TRIGGER journal_balanced BEFORE INSERT ON {TXN} WHEN {_IS_UNBALANCED} {_abort(UNBALANCED)}",
    f"CREATE TRIGGER journal_sealed BEFORE INSERT ON {POSTING} WHEN {_IS_SEALED} {_abort(SEALED)}",
]
SQLITE_BACK += ["DROP TRIGGER journal_balanced", "DROP TRIGGER journal_sealed"]


def _function(name, condition, words):
    test = f"IF {condition} THEN RAISE EXCEPTION '{words}' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;"
    return f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {test} END $$"


POSTGRESQL = [
    f"""CREATE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '{FOREVER}' USING ERRCODE = 'restrict_violation'; END $$""",
    _function("journal_check_balance", _IS_UNBALANCED, UNBALANCED),
    _function("journal_check_seal", _IS_SEALED, SEALED),
    f"CREATE TRIGGER journal_balanced BEFORE INSERT ON {TXN} FOR EACH ROW EXECUTE FUNCTION journal_check_balance()",
    f"CREATE TRIGGER journal_sealed BEFORE INSERT ON {POSTING} FOR EACH ROW EXECUTE FUNCTION journal_check_seal()",
]
POSTGRESQL += [
    f"CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {_table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse()"
    for _table in (TXN, POSTING)
]
POSTGRESQL_BACK = [
    *(f"DROP TRIGGER journal_append_only ON {_table}" for _table in (TXN, POSTING)),
    f"DROP TRIGGER journal_balanced ON {TXN}",
    f"DROP TRIGGER journal_sealed ON {POSTING}",
    *(f"DROP FUNCTION {_name}()" for _name in ("journal_refuse", "journal_check_balance", "journal_check_seal")),
]


def _run(statements):
    def run(apps, schema_editor):
        for statement in statements[schema_editor.connection.vendor]:
            schema_editor.execute(statement)

    return run


class Migration(migrations.Migration):
    dependencies = [("ticketing", "0001_ledger")]

    operations = [
        migrations.RunPython(
            _run({"sqlite": SQLITE, "postgresql": POSTGRESQL}),
            _run({"sqlite": SQLITE_BACK, "postgresql": POSTGRESQL_BACK}),
        )
    ]
