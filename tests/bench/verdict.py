"""What a benchmark says: what was measured, what was aimed at, and whether it was met."""
import json
import os


class Verdicts:
    def __init__(self):
        self.rows = []
        print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        print(f"{'':52}{'measured':>14}{'aim':>14}")

    def add(self, what, measured, aim, unit="", digits=1, note=""):
        """`aim` is the most that it may be; None: a figure that nothing is asked of."""
        met = aim is None or measured <= aim
        self.rows.append({"what": what, "measured": round(measured, 3), "aim": aim, "unit": unit, "met": met})
        aimed = "" if aim is None else f"{aim:g} {unit}"
        said = "" if aim is None else "met" if met else "MISSED"
        print(f"{what:52}{f'{measured:.{digits}f} {unit}':>14}{aimed:>14}  {said:8}{note}", flush=True)

    def finish(self, json_file=None):
        """The exit code: 1 if an aim was missed."""
        if json_file:
            json_file.write_text(json.dumps(self.rows, indent=2) + "\n")
        missed = [row["what"] for row in self.rows if not row["met"]]
        print(f"load of the machine now: {os.getloadavg()[0]:.1f}; aims missed: {len(missed)}")
        return 1 if missed else 0
