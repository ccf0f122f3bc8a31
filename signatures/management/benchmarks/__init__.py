"""What `manage.py bench` measures, one module each, in a database and a folder of its own."""
