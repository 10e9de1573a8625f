"""What the tests of tenants that share a PostgreSQL server have in common."""
import functools
import json
import os
import subprocess
import unittest

import postgresql
from sandbox import Sandbox, wait_for

OPERATOR_PASSWORD = "canary-of-the-operator"


@functools.cache
def server():
    started = postgresql.PostgreSqlServer(tls=True).__enter__()
    unittest.addModuleCleanup(started.__exit__)
    started.sql(f"CREATE ROLE operator LOGIN CREATEROLE PASSWORD '{OPERATOR_PASSWORD}'")
    return started


class TenancyTest(unittest.TestCase):
    """One server, whose operator is no superuser; a database and a tenants folder for each test."""
    made = 0
    tenancy = "schema"

    def setUp(self):
        self.server = server()
        self.box = Sandbox()
        self.addCleanup(self.box.__exit__)
        TenancyTest.made += 1
        self.database = f"shared{TenancyTest.made}"
        self.server.sql(f"CREATE DATABASE {self.database}")
        self.server.sql(f"GRANT CREATE ON DATABASE {self.database} TO operator")
        self.config = self.box.folder / "mtg.json"
        self.config.write_text(json.dumps({"servers": {"pg-main": {
            "connector": "postgresql", "host": "127.0.0.1", "port": self.server.port, "user": "operator",
            "password": OPERATOR_PASSWORD, "database": self.database}}}))
        os.chmod(self.config, 0o600)

    # --- what there is

    def add(self, name, **options):
        return self.box.mtm("add", name, "--datasource", "pg-main", "--tenancy", self.tenancy, **options)

    def tenant(self, name):
        self.add(name)
        self.box.mtm("model", f"{name}:Customer", "name:string!", "age:number")

    def settings(self, name):
        return json.loads((self.box.tenants / name / "datasources.json").read_text())["db"]

    def key(self, name):
        return self.settings(name)["user"]

    def superuser(self, text):
        return self.server.sql(text, self.database)

    def as_tenant(self, name, text, port=None):
        """The text as a program would send it that has the tenant's login: the finished psql."""
        settings = self.settings(name)
        return subprocess.run([self.server.bin / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1",
                               "-p", str(port or self.server.port), "-U", settings["user"], "-d", self.database, "-c", text],
                              env={**os.environ, "PGPASSWORD": settings["password"]}, capture_output=True, text=True, timeout=30)

    def registered(self):
        if not self.superuser("SELECT to_regclass('mtg.tenants')"):
            return set()
        return set(self.superuser("SELECT key FROM mtg.tenants").split())

    def roles(self):
        """Of tenants of this database: the server has those of other tests, too."""
        return set(self.superuser("SELECT nspname FROM pg_namespace JOIN pg_roles r ON r.oid = nspowner "
                                  "WHERE rolname = nspname || '_owner'").split())

    def journal(self):
        folder = self.box.tenants / ".journal"
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []

    def may_log_in(self, name):
        return self.as_tenant(name, "SELECT 1").returncode == 0

    def make(self, tenant, name):
        return self.box.post(f"/{tenant}/api/Customers", {"name": name})

    def names(self, tenant):
        return [row["name"] for row in self.box.get(f"/{tenant}/api/Customers").json]

    def failure(self, tenant):
        """Why the tenant's worker did not start."""
        self.box.get(f"/{tenant}/api/Customers")
        wait_for("the refusal", lambda: self.box.tenant(tenant)["state"] == "failed")
        return self.box.tenant(tenant)["error"]
