"""The README's walk-through, driven through the real programs: what a tenant's users and neighbours notice of each step."""
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from sandbox import Load, Sandbox, alive, edit_json, wait_for  # noqa: E402


def curl(*arguments):
    """curl as a user types it: the body, then the status on a line of its own."""
    done = subprocess.run(["curl", "-sS", "-w", "\n%{http_code}", *arguments], capture_output=True, text=True, timeout=30, check=True)
    body, _, status = done.stdout.rpartition("\n")
    return int(status), body


class WalkThrough(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.__exit__)

    def shop(self):
        """Two tenants, before the gateway is up."""
        box = self.box
        box.mtm("add", "foo")
        box.mtm("model", "foo:Customer")
        box.mtm("model", "foo:Order", "name:string!", "total:number", "customerId:number")
        box.mtm("add", "bar")
        box.mtm("model", "bar:Product")
        return box

    def test_as_typed(self):
        box = self.shop()
        box.start()
        base = f"http://localhost:{box.port}"

        status, body = curl(f"{base}/foo")
        self.assertEqual(status, 200)
        self.assertEqual(sorted(json.loads(body)), ["started", "uptime"])

        header = ["-H", "content-type: application/json"]
        status, body = curl("-X", "POST", *header, "-d", '{"name":"Ann"}', f"{base}/foo/api/Customers")
        self.assertEqual((status, json.loads(body)), (200, {"name": "Ann", "id": 1}))
        self.assertEqual(json.loads(curl(f"{base}/foo/api/Customers/1")[1]), {"name": "Ann", "id": 1})
        status, body = curl("-X", "PATCH", *header, "-d", '{"name":"Anne"}', f"{base}/foo/api/Customers/1")
        self.assertEqual((status, json.loads(body)["name"]), (200, "Anne"))
        status, body = curl("-X", "PUT", *header, "-d", '{"name":"Anna"}', f"{base}/foo/api/Customers/1")
        self.assertEqual((status, json.loads(body)["name"]), (200, "Anna"))
        status, body = curl("-X", "POST", *header, "-d", '{"name":"o","total":3.5,"customerId":1}', f"{base}/foo/api/Orders")
        self.assertEqual(json.loads(body), {"name": "o", "total": 3.5, "customerId": 1, "id": 1})
        status, body = curl("-g", base + '/foo/api/Orders?filter={"where":{"total":{"gt":3}},"fields":["name"]}')
        self.assertEqual(json.loads(body), [{"name": "o"}])
        self.assertEqual(json.loads(curl(f"{base}/foo/api/Orders/count")[1]), {"count": 1})
        status, body = curl("-X", "POST", *header, "-d", "{}", f"{base}/foo/api/Customers")
        self.assertEqual((status, json.loads(body)["error"]["name"]), (422, "ValidationError"))
        status, body = curl("-X", "DELETE", f"{base}/foo/api/Customers/1")
        self.assertEqual((status, json.loads(body)), (200, {"count": 1}))

        # Tenants do not see each other's models.
        self.assertEqual(curl(f"{base}/bar/api/Customers")[0], 404)
        self.assertEqual(curl(f"{base}/bar/api/Products")[0], 200)

        # Live: no restart of anything.
        gateway, foo, bar = box.gateway.pid, box.pid("foo"), box.pid("bar")
        box.mtm("add", "third")
        self.assertEqual(curl(f"{base}/third")[0], 200)
        box.mtm("remove", "bar")
        self.assertEqual(curl(f"{base}/bar")[0], 404)
        self.assertFalse((box.tenants / "bar").exists())
        self.assertEqual((box.gateway.pid, box.pid("foo")), (gateway, foo))
        wait_for("bar's worker to end", lambda: not alive(bar))

    def test_explorer_is_served_behind_the_prefix(self):
        box = self.shop().start()
        redirect = box.get("/foo/explorer")
        self.assertEqual((redirect.status, redirect.headers["location"]), (301, "/foo/explorer/"))
        self.assertIn(b"swagger-ui", box.get("/foo/explorer/").body)
        document = box.get("/foo/explorer/swagger.json").json
        self.assertEqual((document["swagger"], document["basePath"]), ("2.0", "/foo/api"))
        self.assertIn("/Customers/{id}", document["paths"])

    def test_editing_a_model_replaces_that_worker_alone_and_loses_no_request(self):
        box = self.shop().start()
        box.get("/foo"), box.get("/bar")
        foo, bar = box.pid("foo"), box.pid("bar")
        model = box.tenants / "foo/models/Customer.json"
        with Load(box.port, "/foo/api/Customers") as busy, Load(box.port, "/bar/api/Products") as neighbour:
            for name in ("nick", "phone", "city"):
                before = box.pid("foo")
                edit_json(model, lambda document: document["properties"].update({name: {"type": "string"}}))
                wait_for("another worker of foo", lambda: box.pid("foo") not in (before, None))
                busy.more(), neighbour.more()
        self.assertEqual((busy.failures[:10], neighbour.failures[:10]), ([], []))
        self.assertEqual(box.pid("bar"), bar)
        self.assertNotEqual(box.pid("foo"), foo)
        wait_for("foo's first worker to end", lambda: not alive(foo))
        created = box.post("/foo/api/Customers", {"name": "Ann", "nick": "A", "city": "Paris"}).json
        self.assertEqual((created["nick"], created["city"]), ("A", "Paris"))

    def test_a_broken_file_leaves_the_worker_serving_and_is_reported(self):
        box = self.shop().start()
        box.post("/foo/api/Customers", {"name": "Ann"})
        pid = box.pid("foo")
        model = box.tenants / "foo/models/Customer.json"
        good = model.read_text()
        model.write_text(good.replace('"required": true', '"required": tru'))
        row = wait_for("foo to be degraded", lambda: (r := box.tenant("foo"))["state"] == "degraded" and r)
        self.assertEqual(row["pid"], pid)
        self.assertIn("models/Customer.json", row["error"]["file"])
        line = next(n for n, text in enumerate(model.read_text().splitlines(), 1) if "tru" in text and "true" not in text)
        self.assertEqual(row["error"]["line"], line)
        self.assertEqual(box.get("/foo/api/Customers/1").status, 200)

        model.write_text(good.replace('"type": "string"', '"type": "strin"'))
        wait_for("the pointer of the bad type", lambda: box.tenant("foo")["error"].get("pointer") == "/properties/name/type")
        self.assertEqual(box.get("/foo/api/Customers/1").status, 200)

        model.write_text(good)
        wait_for("foo to be ready again", lambda: box.tenant("foo")["state"] == "ready")
        self.assertEqual(box.get("/foo/api/Customers/1").json["name"], "Ann")

    def test_a_killed_worker_is_replaced_and_neighbours_feel_nothing(self):
        box = self.shop().start()
        box.get("/foo"), box.get("/bar")
        with Load(box.port, "/foo/api/Customers") as victim, Load(box.port, "/bar/api/Products") as neighbour:
            for _ in range(3):
                # One that was ready for a second starts again at once; earlier exits back off.
                wait_for("foo to have been ready for a second", lambda: box.ready_seconds("foo") > 1.1)
                pid = box.pid("foo")
                os.kill(pid, signal.SIGKILL)
                wait_for("another worker of foo", lambda: box.pid("foo") not in (pid, None))
                neighbour.more(), victim.more()
        self.assertEqual(neighbour.failures[:10], [])
        # Whoever was being answered at that moment saw it; everybody else was held.
        self.assertLessEqual(len(victim.failures), 3 * 2, victim.failures[:10])

    def test_data_outlives_restarts_of_the_gateway(self):
        box = self.shop().start()
        box.post("/foo/api/Customers", {"name": "Ann"})
        gateway, worker = box.gateway.pid, box.pid("foo")
        box.mtg("restart")
        wait_for("the old worker to end", lambda: not alive(worker))
        self.assertEqual(box.get("/foo/api/Customers/1").json["name"], "Ann")
        self.assertEqual(box.gateway.pid, gateway)

        self.assertEqual(box.stop(), 0)
        self.assertFalse(alive(box.pid("foo") or 0) if box.pid("foo") else False)
        box.start()
        self.assertEqual(box.get("/foo/api/Customers/1").json["name"], "Ann")

    def test_restart_refuses_no_connection(self):
        box = self.shop().start()
        box.get("/foo")
        with Load(box.port, "/foo/api/Customers", connections=1) as load:
            box.mtg("restart")
            load.more()
        self.assertEqual(load.failures[:10], [])

    def test_kill_9_of_the_gateway_leaves_no_orphan(self):
        box = self.shop().start()
        box.post("/foo/api/Customers", {"name": "Ann"})
        box.get("/bar")
        workers = [box.pid("foo"), box.pid("bar")]
        self.assertTrue(all(workers))
        box.gateway.kill()
        box.gateway.wait()
        wait_for("the workers to end", lambda: not any(alive(pid) for pid in workers), 5)
        box.start()
        self.assertEqual(box.get("/foo/api/Customers/1").json["name"], "Ann")

    def test_a_terminal_interrupt_drains_and_ends_with_0(self):
        box = self.shop().start()
        box.get("/foo")
        worker = box.pid("foo")
        box.gateway.send_signal(signal.SIGINT)
        self.assertIn(box.gateway.wait(60), (0, 130))
        wait_for("the worker to end", lambda: not alive(worker), 5)
        self.assertEqual(list((box.tenants / ".run").glob("*.sock")), [])

    def test_background_status_and_stop(self):
        box = self.shop()
        self.assertEqual(box.mtg("status", expect=3).returncode, 3)
        box.mtg("start", "-d", "--listen", "127.0.0.1:0")
        try:
            status = box.data("mtg", "status")
            box.port = int(status["listen"][0].rpartition(":")[2])
            self.assertEqual(box.get("/foo").status, 200)
            self.assertEqual(box.mtg("start", "--listen", "127.0.0.1:0", expect=5).returncode, 5)
        finally:
            box.mtg("stop")
        wait_for("the gateway to end", lambda: not alive(status["pid"]))
        box.mtg("stop")  # idempotent

    def test_stop_and_start_of_one_tenant_survive_a_restart(self):
        box = self.shop().start()
        box.get("/foo")
        box.mtm("stop", "foo")
        answer = box.get("/foo")
        self.assertEqual(answer.status, 503)
        self.assertIn("retry-after", answer.headers)
        box.mtg("restart")
        self.assertEqual(box.get("/foo").status, 503)
        self.assertEqual(box.get("/bar").status, 200)
        box.mtm("start", "foo")
        self.assertEqual(box.get("/foo").status, 200)

    def test_a_crowd_at_a_cold_tenant_is_held_and_answered(self):
        box = self.shop().start()
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(box.get("/foo/api/Customers").status)) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        self.assertEqual(answers, [200] * 20)
        self.assertEqual(box.tenant("foo")["restarts"], 0)

    def test_folders_made_and_removed_by_hand_are_followed(self):
        box = self.shop().start()
        source = box.tenants / "foo"
        subprocess.run(["cp", "-r", source, box.tenants / ".copy"], check=True)
        os.rename(box.tenants / ".copy", box.tenants / "byhand")
        wait_for("byhand to be served", lambda: box.get("/byhand").status == 200)
        pid = box.pid("byhand")
        os.rename(box.tenants / "byhand", box.folder / "away")
        wait_for("byhand to be gone", lambda: box.get("/byhand").status == 404)
        wait_for("its worker to end", lambda: not alive(pid))

    def test_a_tenant_with_an_empty_folder_has_defaults(self):
        box = self.shop().start()
        (box.tenants / "bare").mkdir()
        wait_for("bare to be served", lambda: box.get("/bare").status == 200)

    def test_a_restart_takes_requests_from_a_hung_worker(self):
        box = self.shop().start()
        with Load(box.port, "/foo", connections=8) as load:
            load.more()
        hung = box.pid("foo")
        os.kill(hung, signal.SIGSTOP)
        box.mtm("restart", "foo")
        for _ in range(12):
            self.assertEqual(box.get("/foo", timeout=10).status, 200)
        self.assertNotEqual(box.pid("foo"), hung)
        os.kill(hung, signal.SIGKILL)

    def test_the_run_folder_is_deleted_and_comes_back(self):
        box = self.shop().start()
        box.get("/foo")
        pid = box.gateway.pid
        shutil.rmtree(box.tenants / ".run")
        wait_for("the gateway to answer again", lambda: box.run("mtg", "status", expect=None).returncode == 0)
        self.assertEqual(box.gateway.pid, pid)
        wait_for("foo to be served", lambda: box.get("/foo").status == 200)
        self.assertEqual(box.mtg("stop").returncode, 0)
        self.assertEqual(box.gateway.wait(30), 0)

    def test_a_fifo_in_one_folder_holds_nobody_up(self):
        box = self.shop().start()
        os.mkfifo(box.tenants / "foo/models/Z.json")
        self.assertEqual(box.get("/bar").status, 200)
        box.mtm("check", "foo", expect=6)
        box.mtm("list")

    def test_a_link_to_a_neighbours_database_is_refused(self):
        box = self.shop().start()
        box.get("/foo")
        shutil.rmtree(box.tenants / "bar/data", ignore_errors=True)
        os.symlink("../foo/data", box.tenants / "bar/data")
        self.assertEqual(box.get("/bar/api/Products").status, 503)
        self.assertIn("symbolic link", box.tenant("bar")["error"]["message"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
