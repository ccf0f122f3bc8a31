# All migrations so far in one: a new database is made in a third of the time, and one that began with them goes on with them.

import django.db.models.constraints
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('holders', '0001_initial'),
        ('holders', '0002_through_changes'),
        ('holders', '0003_disregarded_by'),
        ('holders', '0004_known_words'),
        ('holders', '0005_what_refers_to_it'),
    ]

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Issuer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=300, unique=True)),
                ('descriptor', models.CharField(blank=True, help_text='As printed: a Delaware corporation', max_length=300)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                'ordering': ['name'],
                'constraints': [models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='issuer_has_a_name')],
            },
        ),
        migrations.CreateModel(
            name='Notes',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('issuer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notes', to='holders.issuer')),
                ('title', models.CharField(max_length=300)),
                ('cusip', models.CharField(blank=True, max_length=12, verbose_name='CUSIP')),
                ('indenture', models.TextField(blank=True)),
                ('trustee', models.CharField(blank=True, max_length=300)),
                ('currency', models.CharField(default='USD', max_length=3)),
            ],
            options={
                'verbose_name_plural': 'notes',
                'ordering': ['title'],
                'constraints': [models.UniqueConstraint(fields=('issuer', 'title'), name='one_series_of_a_title_per_issuer'), models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='notes_have_an_iso_currency'), models.UniqueConstraint(fields=('id', 'issuer'), name='notes_with_their_issuer')],
            },
        ),
        migrations.CreateModel(
            name='PrincipalOutstanding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('notes', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='principal_outstanding', to='holders.notes')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=20)),
                ('source', models.CharField(blank=True, max_length=300)),
                ('opened_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name_plural': 'principal outstanding',
                'constraints': [models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('notes',), name='one_open_principal_outstanding_per_notes'), models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='principal_outstanding_is_not_negative'), models.CheckConstraint(condition=models.Q(('closed_at', None), ('closed_at__gte', models.F('opened_at')), _connector='OR'), name='principal_outstanding_closes_after_it_opened')],
            },
        ),
        migrations.CreateModel(
            name='Party',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('issuer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parties', to='holders.issuer')),
                ('role', models.CharField(choices=[('issuer', 'issuer'), ('holder', 'holder'), ('guarantor', 'guarantor'), ('trustee', 'trustee'), ('other', 'other party')], max_length=10)),
                ('name', models.CharField(max_length=300)),
                ('folded_name', models.CharField(editable=False, help_text='The name without case and punctuation', max_length=300)),
                ('descriptor', models.CharField(blank=True, help_text='As printed: a Delaware limited partnership', max_length=300)),
                ('address', models.TextField(blank=True)),
                ('family', models.CharField(blank=True, max_length=200, verbose_name='fund family')),
                ('through', models.CharField(blank=True, help_text='The participant or custodian; empty for a holder of record', max_length=300, verbose_name='held through')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                'verbose_name_plural': 'parties',
                'ordering': ['name'],
                'constraints': [models.CheckConstraint(condition=models.Q(('role__in', ['issuer', 'holder', 'guarantor', 'trustee', 'other'])), name='party_role_is_known'), models.UniqueConstraint(fields=('issuer', 'role', 'folded_name'), name='one_party_of_a_name_and_role'), models.CheckConstraint(condition=models.Q(('folded_name', ''), _negated=True), name='party_has_a_name')],
            },
        ),
        migrations.CreateModel(
            name='ThroughChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='through_changes', to='holders.party')),
                ('before', models.CharField(blank=True, max_length=300)),
                ('after', models.CharField(blank=True, max_length=300)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'ordering': ['id'],
                'indexes': [models.Index(fields=['party', 'at'], name='participants_in_time')],
                'constraints': [models.CheckConstraint(condition=models.Q(('before', models.F('after')), _negated=True), name='a_change_of_participant_changes_it')],
            },
        ),
        migrations.CreateModel(
            name='Holder',
            fields=[
            ],
            options={
                'ordering': ['name'],
                'proxy': True,
            },
            bases=('holders.party',),
        ),
        migrations.CreateModel(
            name='Holding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('holder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holdings', to='holders.party')),
                ('notes', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holdings', to='holders.notes')),
                ('principal', models.DecimalField(blank=True, decimal_places=2, max_digits=20, null=True)),
                ('as_of', models.DateField(blank=True, null=True, verbose_name='record date')),
                ('source', models.CharField(choices=[('register', 'register as imported'), ('trustee', "trustee's list"), ('participant', 'participant'), ('custodian', 'custodian'), ('page', 'written on the signature page')], default='register', max_length=12)),
                ('disregarded', models.BooleanField(default=False)),
                ('disregarded_reason', models.CharField(blank=True, max_length=300)),
                ('disregarded_known_by', models.CharField(blank=True, max_length=300, verbose_name='who knew')),
                ('disregarded_since', models.DateField(blank=True, null=True, verbose_name='known since')),
                ('opened_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('source__in', ['register', 'trustee', 'participant', 'custodian', 'page'])), name='holding_source_is_known'), models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('holder', 'notes'), name='one_open_holding_per_holder_and_notes'), models.CheckConstraint(condition=models.Q(('principal', None), ('principal__gte', 0), _connector='OR'), name='holding_principal_is_not_negative'), models.CheckConstraint(condition=models.Q(('disregarded', False), models.Q(('disregarded_reason', ''), _negated=True), _connector='OR'), name='disregarded_holding_says_why'), models.CheckConstraint(condition=models.Q(('disregarded', True), models.Q(('disregarded_known_by', ''), ('disregarded_since', None)), _connector='OR'), name='only_a_disregarded_holding_says_who_knew'), models.CheckConstraint(condition=models.Q(('closed_at', None), ('closed_at__gte', models.F('opened_at')), _connector='OR'), name='holding_closes_after_it_opened')],
            },
        ),
        migrations.CreateModel(
            name='Signatory',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('issuer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signatories', to='holders.issuer')),
                ('name', models.CharField(max_length=200)),
                ('folded_name', models.CharField(editable=False, max_length=200)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('telephone', models.CharField(blank=True, max_length=40)),
                ('time_zone', models.CharField(default='America/New_York', max_length=50)),
                ('send_to', models.CharField(blank=True, help_text="Who gets this person's packet instead: the holder's counsel, a custodian", max_length=300)),
            ],
            options={
                'verbose_name_plural': 'signatories',
                'ordering': ['name'],
                'constraints': [models.CheckConstraint(condition=models.Q(('folded_name', ''), _negated=True), name='signatory_has_a_name'), models.UniqueConstraint(fields=('issuer', 'folded_name', 'email'), name='one_signatory_of_a_name_and_email')],
            },
        ),
        migrations.CreateModel(
            name='AuthorityLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='chain', to='holders.party')),
                ('position', models.PositiveSmallIntegerField()),
                ('entity', models.CharField(max_length=300)),
                ('capacity', models.CharField(blank=True, max_length=200)),
                ('descriptor', models.CharField(blank=True, max_length=300)),
                ('evidence', models.CharField(choices=[('none', 'none on file'), ('incumbency', 'incumbency certificate'), ('power', 'power of attorney')], default='none', max_length=12)),
            ],
            options={
                'ordering': ['party', 'position'],
                'constraints': [models.UniqueConstraint(deferrable=django.db.models.constraints.Deferrable['DEFERRED'], fields=('party', 'position'), name='one_authority_link_a_position'), models.CheckConstraint(condition=models.Q(('position__gte', 1)), name='authority_links_count_from_one'), models.CheckConstraint(condition=models.Q(('entity', ''), _negated=True), name='authority_link_names_an_entity'), models.CheckConstraint(condition=models.Q(('evidence__in', ['none', 'incumbency', 'power'])), name='authority_evidence_is_known')],
            },
        ),
        migrations.CreateModel(
            name='PartySignatory',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signing', to='holders.party')),
                ('signatory', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signs_for', to='holders.signatory')),
                ('position', models.PositiveSmallIntegerField(default=1)),
                ('title', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'verbose_name_plural': 'party signatories',
                'ordering': ['party', 'position'],
                'constraints': [models.UniqueConstraint(fields=('party', 'position'), name='one_signatory_a_position_of_a_party'), models.UniqueConstraint(fields=('party', 'signatory'), name='a_signatory_signs_once_for_a_party'), models.CheckConstraint(condition=models.Q(('position__gte', 1)), name='signatories_count_from_one')],
            },
        ),
    ]
