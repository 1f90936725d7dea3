using System.Diagnostics;
using System.Text.Json.Nodes;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Inventory;

/// <summary>Code that has no descriptor of its own: of sockets, of routes, of tasks; and what maps hold.</summary>
public sealed class SocketTests
{
    [Fact]
    public void Sockets_are_told_with_code_address_and_holder()
    {
        using Process process = Tool.Start(CProgram.Path("sockets.c", "-lpthread"));
        try
        {
            JsonObject made = JsonNode.Parse(Tool.FirstLine(process))!.AsObject();
            JsonObject[] sockets =
            [
                .. SkepBinary.Json("net")[0]!["sockets"]!.AsArray().Select(s => s!.AsObject()).Where(s => Holds(s, process.Id))
            ];
            Assert.Equal(8, sockets.Length);

            JsonObject udp = ByAddress(sockets, "udp", made["udp"]!);
            Assert.True((bool?)udp["filter"]!["classic"]);
            Assert.Equal(2, (int)udp["filter"]!["insn_cnt"]!);
            Assert.True((bool?)udp["filter_locked"]);
            Assert.Equal(OwnNetns(), (long)udp["netns"]!);
            Assert.Equal(Inode(process.Id, (int)made["udp_fd"]!), (long)udp["inode"]!);

            // The child has the descriptors that were there when it was made.
            Assert.Contains(udp["pids"]!.AsArray(), holder => (int)holder!["pid"]! == (int)made["child"]!);
            Assert.Contains(
                udp["pids"]!.AsArray(), holder => (int)holder!["pid"]! == process.Id && (int)holder["fd"]! == (int)made["udp_fd"]!);

            JsonObject tcp = ByAddress(sockets, "tcp", made["tcp"]!);
            Assert.Equal((int)made["ebpf"]!, (int)tcp["filter"]!["id"]!);
            Assert.Equal("socket_filter", (string?)tcp["filter"]!["type"]);
            Assert.Null(tcp["filter_locked"]);
            Assert.Equal(1, (int)ByAddress(sockets, "udp", made["group"]!)["reuseport"]!["insn_cnt"]!);
            Assert.Equal((int)made["select"]!, (int)ByAddress(sockets, "udp", made["selected"]!)["reuseport"]!["id"]!);
            Assert.Contains(sockets, s => (string?)s["local"] == $"@skep socket test {process.Id}" && (string?)s["kind"] == "unix dgram");
            JsonObject packet = Assert.Single(sockets, s => (string?)s["family"] == "packet");
            Assert.Equal("protocol 0x0800", (string?)packet["local"]);
            Assert.Equal(Inode(process.Id, (int)made["packet_fd"]!), (long)packet["inode"]!);

            // The programs' own descriptors are closed: only the sockets keep them.
            JsonObject program = SkepBinary.Json("prog", "show", "id", $"{made["ebpf"]}").AsObject();
            Assert.Equal("socket", (string?)program["attach"]![0]!["how"]);
            Assert.Equal($"tcp 127.0.0.1:{made["tcp"]} (netns {OwnNetns()})", (string?)program["attach"]![0]!["target"]);
            Assert.Contains(program["pids"]!.AsArray(), holder => (int)holder!["pid"]! == process.Id);
            Assert.Equal("reuseport", (string?)SkepBinary.Json("prog", "show", "id", $"{made["select"]}")["attach"]![0]!["how"]);

            // What a socket filter of a group returns is the place of a socket: 0 drops nothing.
            JsonObject index = SkepBinary.Json("prog", "explain", "id", $"{made["index"]}").AsObject();
            Assert.Contains("reuseport", index["runs"]![0]!["text"]!.ToString(), StringComparison.Ordinal);
            Assert.Empty(index["findings"]!.AsArray());
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }
    }

    [Fact]
    public void Classic_programs_are_listed_by_socket_and_process()
    {
        using Process process = Tool.Start(CProgram.Path("sockets.c", "-lpthread"));
        try
        {
            JsonObject made = JsonNode.Parse(Tool.FirstLine(process))!.AsObject();
            JsonObject classic = SkepBinary.Json("prog", "classic").AsObject();
            Assert.Equal(5, classic["sockets"]!.AsArray().Count(s => Holds(s!.AsObject(), process.Id)));
            JsonObject[] tasks =
            [
                .. classic["seccomp"]!.AsArray().Select(t => t!.AsObject()).Where(
                    t => (int)t["pid"]! == process.Id || (int)t["pid"]! == (int)made["child"]!)
            ];
            Assert.Equal(3, tasks.Length);
            JsonObject leader = tasks.Single(t => (int)t["tid"]! == process.Id), child = tasks.Single(
                t => (int)t["pid"]! == (int)made["child"]!), thread = tasks.Except([leader, child]).Single();
            Assert.Equal([1], Lengths(leader));
            Assert.Equal([2, 1], Lengths(child));
            Assert.Equal([2, 1], Lengths(thread));

            // The first filter is one and the same; the second ones are alike and not the same.
            JsonNode shared = leader["filters"]![0]!;
            Assert.All([child, thread], task => Assert.True(JsonNode.DeepEquals(shared, task["filters"]![1])));
            Assert.NotEqual((int)child["filters"]![0]!["filter"]!, (int)thread["filters"]![0]!["filter"]!);
            Assert.Equal(process.Id, (int)shared["first_pid"]!);
            Assert.True((bool?)thread["filters"]![0]!["log"]);
            Assert.All(tasks, task =>
            {
                string status = File.ReadAllText($"/proc/{task["pid"]}/task/{task["tid"]}/status");
                Assert.Contains($"Seccomp_filters:\t{task["filter_cnt"]}\n", status, StringComparison.Ordinal);
                Assert.Equal("filter", (string?)task["mode"]);
                Assert.Contains("Seccomp:\t2\n", status, StringComparison.Ordinal);
            });
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }
    }

    [Fact]
    public void A_route_with_a_program_is_told()
    {
        string netns = $"skep-route-{Environment.ProcessId}", file = CProgram.Object("lwt.bpf.c");
        try
        {
            Tool.Shell($"""
                ip netns add {netns}
                ip -n {netns} link set lo up
                ip -n {netns} link add one type veth peer name two
                ip -n {netns} addr add 192.0.2.1/24 dev one
                ip -n {netns} link set one up
                nsenter --net=/run/netns/{netns} ip route add 198.51.100.0/24 encap bpf out obj {file} section lwt_out dev one
                """);
            JsonObject route = Assert.Single(
                SkepBinary.Json("net")[0]!["routes"]!.AsArray(), r => (string?)r!["netns_name"] == netns)!.AsObject();
            Assert.Equal("198.51.100.0/24", (string?)route["dst"]);
            Assert.Equal("one", (string?)route["devname"]);
            Assert.Equal("bpf", (string?)route["encap"]);
            Assert.Equal("out", (string?)route["programs"]![0]!["hook"]);

            // iproute2 prints the same name.
            Assert.Contains((string)route["programs"]![0]!["name"]!, Tool.Run("ip", "-n", netns, "route"), StringComparison.Ordinal);
        }
        finally
        {
            Tool.Try("ip", "netns", "del", netns);
        }
    }

    private static bool Holds(JsonObject socket, int pid) => socket["pids"]!.AsArray().Any(holder => (int)holder!["pid"]! == pid);

    private static JsonObject ByAddress(JsonObject[] sockets, string kind, JsonNode port) =>
        Assert.Single(sockets, s => (string?)s["kind"] == kind && (string?)s["local"] == $"127.0.0.1:{port}");

    private static int[] Lengths(JsonObject task) => [.. task["filters"]!.AsArray().Select(filter => (int)filter!["insn_cnt"]!)];

    private static long OwnNetns() => Number(new FileInfo("/proc/self/ns/net").LinkTarget!);

    private static long Inode(int pid, int fd) => Number(new FileInfo($"/proc/{pid}/fd/{fd}").LinkTarget!);

    private static long Number(string link) => long.Parse(link.Split('[', ']')[1], System.Globalization.CultureInfo.InvariantCulture);
}
