from django.db import migrations


# Who signs in is looked for in small letters: an address with a capital in it never let anybody in. Where the same
# address is there in small letters too, the account that could not be used makes way, and is closed.
FOLD = """
UPDATE signatures_user one SET email = lower(btrim(email))
 WHERE email <> lower(btrim(email))
   AND NOT EXISTS (SELECT FROM signatures_user other
                    WHERE other.id <> one.id AND lower(btrim(other.email)) = lower(btrim(one.email))
                      AND (other.email = lower(btrim(other.email)) OR other.id < one.id));
UPDATE signatures_user SET email = 'never-used-' || id || '-' || lower(btrim(email)), is_active = false
 WHERE email <> lower(btrim(email));
"""


class Migration(migrations.Migration):

    dependencies = [
        ('signatures', '0038_known_words'),
    ]

    operations = [
        migrations.RunSQL(FOLD, migrations.RunSQL.noop),
    ]
