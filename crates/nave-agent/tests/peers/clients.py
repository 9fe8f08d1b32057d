"""Drives `nave mcp` with clients that are not ours: the Python SDK (PyPI `mcp`), over standard input
and output and over HTTP, in both protocol versions, and the MCP Inspector's command line (npm).

Usage: clients.py NAVE [BIN NODE]
NAVE is the binary, BIN the folder of `mcp-inspector`, NODE the folder of the Node it runs on; without
them the Inspector is left out. Prints one line for each thing shown and `N passed, N failed` at the end; the exit code is 1 when anything failed.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from mcp import Client, StdioServerParameters

PASSED, FAILED = 0, 0


def show(name, good, detail=""):
    """Counts and prints one thing shown."""
    global PASSED, FAILED
    PASSED, FAILED = PASSED + bool(good), FAILED + (not good)
    print(f"{'ok    ' if good else 'FAILED'} {name}{'' if good else ': ' + str(detail)[:600]}", flush=True)


@contextmanager
def announced(command, cwd):
    """A server of ours; gives the address it announces on its first line of standard output or error."""
    server = subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        line = ""
        for line in server.stdout:
            if "http://" in line:
                break
        address = "http://" + line.split("http://")[1].split()[0].rstrip("/.,")
        yield address
    finally:
        server.terminate()
        server.wait(10)


def project(nave, folder, sandbox):
    """A project with one connection to the sandbox, open to agents for writing."""
    (folder / "connections").mkdir(parents=True)
    (folder / "nave.yaml").write_text("name: peers\n")
    (folder / "key").write_text("sk_test_peers\n")
    (folder / "connections" / "stripe.yaml").write_text(
        f"connector: stripe\naddress: {sandbox}\nagents: write\n"
        "allow_private_hosts: [127.0.0.1]\n"
        f"credential: {{ secret: {{ file: {folder / 'key'} }} }}\n"
    )
    checked = subprocess.run([nave, "check"], cwd=folder, capture_output=True, text=True)
    show("the project checks", checked.returncode == 0, checked.stderr + checked.stdout)


def text_of(result):
    return "".join(block.text for block in result.content)


async def converse(server, mode, title):
    """One agent's way: list, search, describe, a wrong call, the right one."""
    async with Client(server, mode=mode) as client:
        tools = [tool.name for tool in (await client.list_tools()).tools]
        show(f"{title}: lists the tools", tools == ["search", "describe", "call"], tools)
        found = await client.call_tool("search", {"query": "refund a charge"})
        name = next((line.split(" ")[0] for line in text_of(found).splitlines() if "refund" in line), "")
        show(f"{title}: finds an operation", name.startswith("stripe."), text_of(found))
        told = await client.call_tool("describe", {"operations": ["stripe.create_refund"]})
        show(f"{title}: describes it", "amount" in text_of(told), text_of(told))
        wrong = await client.call_tool(
            "call", {"operation": "stripe.create_refund", "arguments": {"charge": "ch_1", "amuont": 5}}
        )
        hinted = wrong.is_error and "did you mean `amount`" in text_of(wrong)
        show(f"{title}: is refused a wrong call with the hint", hinted, text_of(wrong))
        right = await client.call_tool(
            "call", {"operation": "stripe.create_refund", "arguments": {"charge": "ch_1", "amount": 5}}
        )
        show(f"{title}: makes the right one", not right.is_error and "refund" in text_of(right), text_of(right))


def inspect(tools, target, title):
    """The Inspector's command line: list, describe, a wrong call, the right one."""
    folder, node = tools
    environment = {**os.environ, "PATH": f"{node}:{os.environ['PATH']}"}
    inspector = str(Path(folder) / "mcp-inspector")

    def run(*arguments):
        command = [inspector, "--cli", *target, *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
        return done.stdout or done.stderr

    def call(tool, **arguments):
        pairs = [f"{key}={value if isinstance(value, str) else json.dumps(value)}" for key, value in arguments.items()]
        flags = [part for pair in pairs for part in ("--tool-arg", pair)]
        return run("--method", "tools/call", "--tool-name", tool, *flags)

    listed = run("--method", "tools/list")
    show(f"{title}: lists the tools", all(f'"{name}"' in listed for name in ("search", "describe", "call")), listed)
    found = call("search", query="refund a charge")
    show(f"{title}: finds an operation", "stripe." in found, found)
    told = call("describe", operations=["stripe.create_refund"])
    show(f"{title}: describes it", "amount" in told, told)
    wrong = call("call", operation="stripe.create_refund", arguments={"charge": "ch_1", "amuont": 5})
    show(f"{title}: is refused a wrong call with the hint", "did you mean `amount`" in wrong, wrong)
    right = call("call", operation="stripe.create_refund", arguments={"charge": "ch_1", "amount": 5})
    show(f"{title}: makes the right one", '"isError": true' not in right and "refund" in right, right)


def main():
    nave = str(Path(sys.argv[1]).resolve())
    tools = [str(Path(folder).resolve()) for folder in sys.argv[2:4]]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "project"
        with announced([nave, "sandbox", "stripe", "--port", "0"], scratch) as sandbox:
            project(nave, folder, sandbox)
            stdio = StdioServerParameters(command=nave, args=["mcp"], cwd=str(folder))
            for mode in ("legacy", "2026-07-28"):
                asyncio.run(converse(stdio, mode, f"python, stdio, {mode}"))
            with announced([nave, "mcp", "--http", "0"], folder) as address:
                url = address if address.endswith("/mcp") else f"{address}/mcp"
                for mode in ("legacy", "2026-07-28"):
                    asyncio.run(converse(url, mode, f"python, http, {mode}"))
                if tools:
                    inspect(tools, [url, "--transport", "http"], "inspector, http")
            if tools:
                os.chdir(folder)
                inspect(tools, [nave, "mcp"], "inspector, stdio")
    print(f"{PASSED} passed, {FAILED} failed")
    sys.exit(1 if FAILED else 0)


if __name__ == "__main__":
    main()
