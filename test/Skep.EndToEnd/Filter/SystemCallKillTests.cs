using System.Globalization;
using Skep.Bpf;
using Skep.EndToEnd.Support;
using Skep.Linux.Network;

namespace Skep.EndToEnd.Filter;

/// <summary>
/// Commands that change tables are killed at each system call that can change anything, also when nothing can be written: each device has
/// the rules before or those after, and the next command leaves nothing behind.
/// </summary>
public sealed class SystemCallKillTests : IDisposable
{
    // What else a command calls leaves everything outside of its own memory as it is.
    private const string Calls =
        "bpf,openat,close,write,pwrite64,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat,"
        + "chmod,fchmod,fchmodat,fchown,flock,fallocate,ftruncate,fsync,mount,setns,sendto,sendmsg,exit_group";
    private const int SIGKILL = 9, Killed = 128 + SIGKILL;
    private const string Old = "1", New = "2", Newer = "3";

    // Rules are added and deleted in place in lists of 512 rows and more.
    private const int LongList = 512;

    private readonly TestNetwork _network = new();
    private readonly Scratch _scratch = new();
    private readonly OwnRun _run = new("mode=0700,size=1m");

    public void Dispose()
    {
        _run.Dispose();
        _network.Dispose();
        _scratch.Dispose();
    }

    /// <summary>
    /// A change: what comes before it, its command, and what the two devices may drop then, the address that is added to the set included.
    /// </summary>
    private sealed record Change(string[][] Before, string[] Command, params string[] Outcomes);

    // A letter is of the set: "b" for an element that is added, "a" for one that is there before.
    private Dictionary<string, Change> Changes => new()
    {
        ["first apply"] = new([], Apply(New), "|", "2a|2a"),
        ["apply"] = new([Apply(Old)], Apply(New), "1a|1a", "2a|2a"),
        ["apply to one device less"] = new([Apply(Old)], Apply(New, "v0"), "1a|1a", "2a|"),
        ["apply to one device more"] = new([Apply(Old, "v1")], Apply(New), "|1a", "2a|2a"),
        ["apply --confirm"] = new([Apply(Old)], [.. Apply(New), "--confirm", "10m"], "1a|1a", "2a|2a"),
        ["apply while rules wait"] = new([Apply(Old), [.. Apply(New), "--confirm", "10m"]], Apply(Newer), "2a|2a", "1a|1a", "3a|3a"),
        ["confirm"] = new([Apply(Old), [.. Apply(New), "--confirm", "10m"]], ["filter", "confirm", "kill"], "2a|2a"),
        ["remove"] = new([Apply(Old)], ["filter", "remove", "kill"], "1a|1a", "|"),
        ["remove a device"] = new([Apply(Old)], ["filter", "remove", "kill", "--dev", "v1"], "1a|1a", "1a|"),
        ["remove while rules wait"] = new(
            [Apply(Old), [.. Apply(New), "--confirm", "10m"]], ["filter", "remove", "kill"], "2a|2a", "1a|1a", "|"),
        ["set add"] = new([Apply(Old)], ["filter", "set", "add", "kill", "bad", "10.77.0.12"], "1a|1a", "1ab|1ab"),
        ["set delete"] = new([Apply(Old)], ["filter", "set", "del", "kill", "bad", "10.77.0.11"], "1a|1a", "1|1"),
        ["set load"] = new([Apply(Old)], ["filter", "set", "load", "kill", "bad", Feed], "1a|1a", "1b|1b"),
        ["rule add"] = new([ApplyLong()], ["filter", "rule", "add", "kill", Rule(New)], "1a|1a", "12a|12a"),
        ["rule insert"] = new(
            [ApplyLong()], ["filter", "rule", "insert", "kill", Rule(New), "--before", Rule(Old)], "1a|1a", "12a|12a"),
        ["rule delete"] = new([ApplyLong()], ["filter", "rule", "del", "kill", Rule(Old)], "1a|1a", "a|a"),
        ["rule delete of one that was added"] = new(
            [ApplyLong(), ["filter", "rule", "add", "kill", Rule(New)]], ["filter", "rule", "del", "kill", Rule(New)],
            "12a|12a", "1a|1a"),
    };

    public static TheoryData<string, bool> Cases()
    {
        var cases = new TheoryData<string, bool>();
        foreach (bool isFull in (bool[])[false, true])
        {
            foreach (string change in (string[])["first apply", "apply", "apply to one device less", "apply to one device more",
                "apply --confirm", "apply while rules wait",
                "confirm", "remove", "remove a device", "remove while rules wait", "set add", "set delete", "set load",
                "rule add", "rule insert", "rule delete", "rule delete of one that was added"])
                if (!isFull || change != "first apply") cases.Add(change, isFull);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_kill_leaves_the_rules_before_or_after_and_nothing_else(string name, bool isFull)
    {
        Requires.Installed("strace");
        Change change = Changes[name];
        int kills = 0;
        foreach (string[] before in change.Before) _run.Run(before);
        if (isFull) _run.Fill();
        (string Call, int Number)[] points = Points(change.Command, mustSucceed: !isFull);
        Remove(isFull);
        for (int at = 0; at < points.Length; at++)
        {
            if (!Sampled(name, isFull, at)) continue;
            foreach (string[] before in change.Before) _run.Run(before);
            if (isFull) _run.Fill();
            Outcome outcome = _run.Try(
                ["strace", "-f", "-qq", "-o", "/dev/null", "-e", $"trace={points[at].Call}", "-e",
                    $"inject={points[at].Call}:signal=SIGKILL:when={points[at].Number}", SkepBinary.Path, .. change.Command]);
            if (outcome.Code == Killed) kills++;

            string when = $"{name}, killed at {points[at].Call} {points[at].Number}";
            string found = Dropped();
            Assert.True(change.Outcomes.Contains(found), $"{when}: the devices drop {found}");
            AssertRecovered(when, change.Outcomes);
            Remove(isFull);
        }

        Assert.InRange(points.Length, 20, 2000);
        Assert.True(kills > 0, "nothing was killed");
        TestContext.Current.TestOutputHelper?.WriteLine($"{kills} kills");
        // The kernel frees a program some time after the last that held it has gone.
        Tool.Until(() => !KernelObjects.ProgramIds().ToArray().Any(IsOurs), "the end of the table's programs");
    }

    // Every call is one of SKEP_KILL_STEP that are tested in a run; 1 tests all.
    private static bool Sampled(string name, bool isFull, int number) =>
        int.Parse(Environment.GetEnvironmentVariable("SKEP_KILL_STEP") ?? "32", CultureInfo.InvariantCulture) is var step
            && (number + name.Length + (isFull ? step / 2 : 0)) % step == 0;

    private void Remove(bool isFull)
    {
        if (isFull) _run.Empty();
        _run.Skep("filter", "remove", "kill");
        Assert.Equal("", Left());
    }

    // strace counts the calls of each thread and of each name by themselves, and with --seccomp-bpf it kills nothing.
    private (string Call, int Number)[] Points(string[] command, bool mustSucceed)
    {
        string log = _scratch.File("calls");
        Outcome outcome = _run.Try(
            ["strace", "-f", "-qq", "-o", log, "-e", $"trace={Calls}", SkepBinary.Path, .. command]);
        if (mustSucceed) Assert.True(outcome.Code == 0, outcome.Error);
        Assert.DoesNotContain("compiled anew", outcome.Error, StringComparison.Ordinal);
        return [.. File.ReadLines(log).Where(line => line.Contains('(') && !line.Contains("resumed>", StringComparison.Ordinal))
            .Select(line => line[..line.IndexOf('(', StringComparison.Ordinal)].Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .GroupBy(words => (Thread: words[0], Call: words[^1]))
            .GroupBy(calls => calls.Key.Call, calls => calls.Count())
            .SelectMany(counts => Enumerable.Range(1, counts.Max()).Select(number => (counts.Key, number)))];
    }

    private void AssertRecovered(string when, string[] outcomes)
    {
        Outcome list = _run.Skep("filter", "list");
        Assert.True(list.Code == 0, $"{when}: {list.Error}");
        string found = Dropped();
        Assert.True(outcomes.Contains(found), $"{when}, then listed: the devices drop {found}");
        string[] left = Left().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (list.Output.Contains("to be confirmed", StringComparison.Ordinal)) return;
        string[] pins = [.. left.Where(path => path.StartsWith("bpf/", StringComparison.Ordinal))];
        string[] edits = [.. left.Where(IsOfEdits)];
        string[] states = [.. left.Where(path => path.StartsWith("filter/", StringComparison.Ordinal)).Except(edits)];
        Assert.All(edits, path => Assert.Contains(path[..path.LastIndexOf('.')], states));
        Assert.True(pins.Length == found.Split('|').Count(device => device.Length > 0), $"{when}: {string.Join(' ', left)}");
        Assert.All(pins, pin => Assert.StartsWith("bpf/kill/link-", pin, StringComparison.Ordinal));
        Assert.Equal(Running().Where(id => id != 0).Distinct().Select(id => $"filter/kill/{id}.json"), states);
        Assert.Equal(left.Length, pins.Length + states.Length + edits.Length);
        if (!found.Any(char.IsAsciiDigit)) return;
        string shown = _run.Run("filter", "show", "kill");
        foreach (string rule in (string[])[Old, New, Newer])
            Assert.True(shown.Contains(Rule(rule), StringComparison.Ordinal) == found.Contains(rule), $"{when}, then shown:\n{shown}");
    }

    private static bool IsOfEdits(string path) => Path.GetExtension(path) is ".edits" or ".editable" or ".index";

    /// <summary>The files and pins below /run/skep, without what is not of a table.</summary>
    private string Left() => _run.Shell("cd /run/skep && find bpf filter log ! -type d ! -name '*.debug' 2>/dev/null | sort");

    /// <summary>Which source addresses each device drops, as rules (1 to 3) and elements (a, b).</summary>
    private string Dropped() =>
        string.Join('|', Running().Select(id => id == 0 ? "" : string.Concat("123ab".Where(sign => Drops(id, sign)))));

    private uint[] Running()
    {
        using NetworkNamespace space = NetworkNamespace.Open(_network.Name);
        return space.Run(() => Array.ConvertAll((string[])["v0", "v1"], device => XdpDevice.QueryProgramId(XdpDevice.IndexOf(device))));
    }

    private static bool Drops(uint programId, char sign)
    {
        int source = sign switch { 'a' => 11, 'b' => 12, _ => sign - '0' };

        // Ethernet, IPv4 with a length of 20 and no protocol.
        byte[] packet = Convert.FromHexString($"02000000000102000000000208004500001400000000403b0000" + $"0a4d00{source:x2}" + "0a4d0063");
        using BpfProgram program = BpfProgram.OpenById(programId);
        return program.Run(new BpfRun { Data = packet }).ReturnValue == 1;
    }

    private static bool IsOurs(uint id)
    {
        using BpfProgram? program = BpfProgram.TryOpenById(id, out _);
        return program?.GetInfo().Name == "kill";
    }

    private string Feed
    {
        get
        {
            string path = _scratch.File("feed");
            File.WriteAllText(path, "10.77.0.12\n");
            return path;
        }
    }

    private static string Rule(string number) => $"ip saddr 10.77.0.{number} drop";

    private string[] ApplyLong() => Apply(Old, [], LongList);

    private string[] Apply(string rules, params string[] devices) => Apply(rules, devices, 0);

    private string[] Apply(string rules, string[] devices, int others)
    {
        string file = _scratch.File($"{rules}.{others}.skep");
        File.WriteAllText(
            file,
            $"table kill {{\n mode generic\n set bad {{ type ipv4_addr; elements = {{ 10.77.0.11 }} }}\n {Rule(rules)}\n "
            + "ip saddr @bad drop\n"
            + string.Concat(Enumerable.Range(0, others).Select(i => $" ip saddr 10.78.{i / 200}.{i % 200} drop\n")) + "}\n");
        return ["filter", "apply", file, "--netns", _network.Name, .. (
            devices.Length == 0 ? ["v0", "v1"] : devices).SelectMany(device => (string[])["--dev", device])];
    }
}
