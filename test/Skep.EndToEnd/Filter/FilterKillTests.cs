using System.Diagnostics;
using System.Globalization;
using Skep.Bpf;
using Skep.EndToEnd.Support;
using Skep.Linux.Network;

namespace Skep.EndToEnd.Filter;

/// <summary>
/// Commands that change tables are killed: the rules are those before or those after, the same on all devices, and nothing stays behind.
/// </summary>
[Collection("filter")]
public sealed class FilterKillTests : IDisposable
{
    private const int Kills = 200;
    private const string Tun = "t0";

    private readonly TestNetwork _network = new();
    private readonly Scratch _scratch = new();
    private readonly string _table = $"kill-{Environment.ProcessId}-{Guid.NewGuid():n}"[..30];
    private readonly string[] _files;
    private string[] _devices = ["v0", "v1"];

    public FilterKillTests()
    {
        _files = [.. new[] { 1, 2 }.Select(port => _scratch.File($"{port}.skep"))];
        for (int i = 0; i < _files.Length; i++) File.WriteAllText(_files[i], $"table {_table} {{\n udp dport {i + 1} drop\n}}\n");
    }

    private string Pins => $"/run/skep/bpf/{_table}";

    private string States => $"/run/skep/filter/{_table}";

    public void Dispose()
    {
        SkepBinary.Run("filter", "remove", _table);
        _network.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public void Two_hundred_kills_at_random_moments_leave_the_rules_before_or_after()
    {
        var random = new Random(4711);
        var clock = Stopwatch.StartNew();
        Tool.Run(SkepBinary.Path, Apply(1));
        TimeSpan whole = clock.Elapsed;
        int killed = 0;
        for (int i = 0; i < Kills; i++)
        {
            string before = Dropped();
            (string[] command, string after) = random.Next(4) switch
            {
                0 => (Remove(), ""),
                1 => ((string[])[.. Apply(Other(before)), "--confirm", "10m"], $"{Other(before)}"),
                _ => (Apply(Other(before)), $"{Other(before)}"),
            };
            using Process skep = SkepBinary.Start(command);
            Thread.Sleep(whole * (random.NextDouble() * 1.1));
            if (!skep.HasExited) killed++;
            skep.Kill();
            skep.WaitForExit();
            string found = Dropped();
            Assert.True(
                found == before || found == after,
                $"kill {i} of {string.Join(' ', command)}: '{found}' is dropped, neither '{before}' nor '{after}'");
            if (command.Contains("--confirm"))
            {
                // It keeps them where they were applied, and finds none where they were not.
                SkepBinary.Run("filter", "confirm", _table);
                Assert.Equal(found, Dropped());
            }
            if (i % 10 == 9) AssertMended(found);
        }

        Assert.InRange(killed, Kills / 4, Kills);
        Tool.Run(SkepBinary.Path, Apply(1));
        AssertMended("1");
        Tool.Run(SkepBinary.Path, Remove());
        AssertMended("");

        // The kernel frees a program some time after the last that held it has gone.
        Assert.True(
            SpinWait.SpinUntil(() => !KernelObjects.ProgramIds().ToArray().Any(IsOurs), TimeSpan.FromSeconds(10)),
            "a program of the table is left behind");
    }

    [Theory]
    [InlineData("bpf", "apply", 4)]
    [InlineData("rename", "apply", 1)]
    [InlineData("bpf", "confirm", 4)]
    public void A_kill_leaves_the_rules_before_or_after_where_devices_run_programs_of_their_own(string call, string change, int step)
    {
        // What one program for all devices leaves is of SystemCallKillTests.
        Requires.Installed("strace");
        Tool.Run("ip", "-n", _network.Name, "tuntap", "add", Tun, "mode", "tun");
        _devices = ["v0", Tun];
        int calls = 0;
        for (int number = 1; number <= calls + 1; number += number == 1 ? 1 : step)
        {
            Tool.Run(SkepBinary.Path, Apply(1));
            if (change == "confirm") Tool.Run(SkepBinary.Path, [.. Apply(2), "--confirm", "10m"]);
            (string[] command, string before, string after) =
                change == "confirm" ? (["filter", "confirm", _table], "2", "2") : (Apply(2), "1", "2");
            if (calls == 0) calls = Count(call, command);
            else
            {
                Tool.Try(
                    "strace",
                    ["-f", "-qq", "-o", "/dev/null", "-e", $"trace={call}", "-e", $"inject={call}:signal=SIGKILL:when={number - 1}",
                        SkepBinary.Path, .. command]);
                string found = Dropped();
                Assert.True(found == before || found == after, $"kill at {call} {number - 1}: '{found}' is dropped");
                AssertMended(found);
            }
        }

        Assert.InRange(calls, 1, 1000);
    }

    // strace counts the calls of each thread by itself.
    private int Count(string call, string[] command)
    {
        string log = _scratch.File("calls");
        Tool.Run("strace", ["-f", "-qq", "-o", log, "-e", $"trace={call}", SkepBinary.Path, .. command]);
        return File.ReadLines(log).Where(
            line => line.Contains($" {call}(", StringComparison.Ordinal)).GroupBy(line => line.Split(' ')[0]).Max(thread => thread.Count());
    }

    private void AssertMended(string dropped)
    {
        Outcome list = SkepBinary.Run("filter", "list");
        list.Succeeds();
        Assert.Equal(dropped, Dropped());
        bool waits = list.Output.Split('\n').Any(
            line => line.StartsWith(_table + " ", StringComparison.Ordinal) && line.Contains("to be confirmed", StringComparison.Ordinal));
        if (waits) return;
        string[] pins = Directory.Exists(Pins) ? [.. Directory.GetFiles(Pins).Select(path => Path.GetFileName(path)!)] : [];
        string[] states = Directory.Exists(States) ? [.. Directory.GetFiles(States).Select(path => Path.GetFileName(path)!)] : [];
        Assert.Equal(dropped.Length == 0 ? 0 : _devices.Length, pins.Length);
        Assert.All(pins, pin => Assert.StartsWith("link-", pin, StringComparison.Ordinal));
        Assert.Equal(Running().Where(id => id != 0).Distinct().Select(id => $"{id}.json").Order(), states.Order());
    }

    /// <summary>The port whose packets are dropped, on all devices; fails when they differ.</summary>
    private string Dropped()
    {
        string[] dropped =
        [
            .. Running().Zip(
                _devices, (id, device) => id == 0 ? "" : string.Concat(new[] { 1, 2 }.Where(port => Verdict(id, device, port) == 1)))
        ];
        return Assert.Single(dropped.Distinct());
    }

    private uint[] Running()
    {
        using NetworkNamespace space = NetworkNamespace.Open(_network.Name);
        return space.Run(() => Array.ConvertAll(_devices, device => XdpDevice.QueryProgramId(XdpDevice.IndexOf(device))));
    }

    private static uint Verdict(uint programId, string device, int port)
    {
        // Ethernet, IPv4 with a length of 28 and UDP, UDP with the port.
        byte[] packet = Convert.FromHexString(
            $"020000000001020000000002080045000" + "01c0000000040110000" + "0a4d00010a4d0002" + "0005" + port.ToString(
                "x4", CultureInfo.InvariantCulture) + "00080000");
        using BpfProgram program = BpfProgram.OpenById(programId);
        return program.Run(new BpfRun { Data = device == Tun ? packet[14..] : packet }).ReturnValue;
    }

    private bool IsOurs(uint id)
    {
        using BpfProgram? program = BpfProgram.TryOpenById(id, out _);
        return program?.GetInfo().Name == string.Concat(_table.Select(c => c == '-' ? '_' : c))[..15];
    }

    private static int Other(string dropped) => dropped == "1" ? 2 : 1;

    private string[] Apply(int which) =>
        ["filter", "apply", _files[which - 1], "--netns", _network.Name, .. _devices.SelectMany(device => (string[])["--dev", device])];

    private string[] Remove() => ["filter", "remove", _table];
}
