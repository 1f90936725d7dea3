using System.Text.RegularExpressions;
using Skep.Bpf;
using Skep.EndToEnd.Support;
using Skep.Linux.Network;

namespace Skep.EndToEnd.Filter;

/// <summary>What an error of a filter command says to do is done, and helps.</summary>
public sealed partial class RemedyTests : IDisposable
{
    // What a script calls: a table, a command of Skep, one that fails, and where the devices are.
    private const string Words = """
        bad='set bad { type ipv4_addr; elements = { 10.1.1.1, 10.1.1.2, 10.1.1.3, 10.1.1.4 } }'
        file() { printf 'table %s {\n%s\n%s\nip saddr @bad drop\n}\n' "$1" "$2" "$bad" >$D/$1.skep; }
        apply() { t=$1; shift; "$S" filter apply $D/$t.skep --netns $N "$@" </dev/null; }
        fails() { ! "$@" >$D/out 2>&1 || exit 9; cat $D/out >&2; }
        file t; file o
        """;

    private readonly TestNetwork _network = new();
    private readonly Scratch _scratch = new();
    private readonly OwnRun _run = new();

    /// <summary>
    /// The remedy as the source has it, with <c>*</c> for what is put in; the script up to the error; the script that follows the remedy.
    /// </summary>
    private static readonly (string Remedy, string Fails, string Follow)[] s_remedies =
    [
        ("skep filter list shows those that do", "apply t --dev v0; fails $S filter set list no bad", "$S filter list | grep -q '^t '"),
        ("skep filter list shows those that do", "apply t --dev v0; fails $S filter show no", "$S filter list | grep -q '^t '"),
        ("skep filter remove *, then apply it again", "apply t --dev v0; truncate -s 0 /run/skep/filter/t/*.json; fails $S filter show t",
            "$S filter remove t; apply t --dev v0; $S filter show t"),
        ("skep filter remove * first, or mode native", "file t 'mode generic'; apply t --dev v0; file t 'mode generic\nudp dport 1 "
            + "redirect cpu 0'; fails apply t --dev v0",
            "$S filter remove t; apply t --dev v0"),
        ("skep filter remove * first, or mode native", "apply t --dev v0; file t 'udp dport 1 redirect cpu 0'; fails apply t --dev v0 "
            + "--dev v1",
            "file t 'mode native\nudp dport 1 redirect cpu 0'; apply t --dev v0 --dev v1"),
        ("skep filter remove * first",
            "apply t --dev v0; i=$(ip -n $N -o link show v0 | cut -d: -f1); ip netns add $N-b; ip -n $N link set v0 netns $N-b; ip -n $N "
            + "link add v0 index $i type veth peer name v9; fails apply t --dev v0",
            "$S filter remove t; apply t --dev v0"),
        ("leave out -j and -p, or --format", "apply t --dev v0; fails $S filter show t --format -j", "$S filter show t --format"),
        ("ip link shows the devices of this network namespace", "fails apply t --dev v7 --wait-device 1ms",
            "ip -n $N link show v0; apply t --dev v0 --wait-device 1ms"),
        ("--replace detaches it", "apply o --dev v0; fails apply t --dev v0", "apply t --dev v0 --replace; ! $S filter show o"),
        (
            "skep filter remove * first, or leave the mode as it is",
            "apply t --dev v0; file t 'mode generic'; fails apply t --dev v0",
            "$S filter remove t; apply t --dev v0"),
        (
            "skep filter remove * first, or leave the mode as it is",
            "apply t --dev v0; file t 'mode generic'; fails apply t --dev v0",
            "file t 'mode auto'; apply t --dev v0"),
        (
            "skep filter confirm * or wait",
            "apply o --dev v0 --confirm 10m; fails apply t --dev v0 --replace",
            "$S filter confirm o; apply t --dev v0 --replace"),
        (
            "skep filter confirm * or wait",
            "apply o --dev v0; apply o --dev v0 --confirm 1s; fails apply t --dev v0 --replace",
            "sleep 1.1; apply t --dev v0 --replace"),
        (
            "skep filter set list * * shows what is",
            "apply t --dev v0; fails $S filter set del t bad 9.9.9.9",
            "$S filter set list t bad | grep -q 10.1.1.1"),
        (
            "write track * into its file, or apply it with --track *",
            "apply t --dev v0; fails $S filter stats t --mode sources",
            "apply t --dev v0 --track sources; $S filter stats t --mode sources"),
        (
            "write track * into its file, or apply it with --track *",
            "apply t --dev v0; fails $S filter stats t --mode ports",
            "file t 'track ports'; apply t --dev v0; $S filter stats t --mode ports"),
        ("give --dev DEV, or devices = {{ DEV }} in the file", "fails apply t", "apply t --dev v0"),
        ("give --dev DEV, or devices = {{ DEV }} in the file", "fails apply t", "file t 'devices = { v0 }'; apply t"),
        (
            "skep filter apply FILE --confirm 60s applies some",
            "apply t --dev v0; fails $S filter confirm t",
            "apply t --dev v0 --confirm 60s; $S filter confirm t"),
        ("skep filter apply FILE applies one", "fails $S filter show", "apply t --dev v0; $S filter show"),
        ("add --interval 1s", "apply t --dev v0; fails $S filter stats t -n 1", "$S filter stats t -n 1 --interval 1s"),
        ("leave out --kernel", "fails $S filter test $D/t.skep --packet \"udp 10.1.1.1:5 > 10.0.0.2:6 payload 8000\" --kernel",
            "$S filter test $D/t.skep --packet \"udp 10.1.1.1:5 > 10.0.0.2:6 payload 8000\" | grep -q drop"),
        (
            "create it, or leave out --kernel",
            "fails $S filter test $D/t.skep --iif nodev --packet \"udp 10.1.1.1:5 > 10.0.0.2:6\" --kernel",
            "$S filter test $D/t.skep --iif nodev --packet \"udp 10.1.1.1:5 > 10.0.0.2:6\" | grep -q drop"),
        (
            "import with --dev for each of its devices",
            "echo 'table inet f { chain i { type filter hook input priority 0; iifname \"v0\" udp dport "
            + "7 drop; }; }' >$D/nft; fails $S filter import nft $D/nft",
            "$S filter import nft $D/nft --dev v0 | grep -q 'udp dport 7 drop'"),
        (
            "skep filter confirm *",
            "apply t --dev v0 --confirm 10m >$D/out 2>&1; cat $D/out >&2",
            "$S filter confirm t; ! $S filter list | grep 'to be confirmed'"),
        (
            "skep filter confirm * keeps these",
            "apply t --dev v0 --confirm 10m; $S filter show t >&2",
            "$S filter confirm t; ! $S filter list | grep 'to be confirmed'"),
        (
            "skep filter confirm * or wait",
            "apply t --dev v0; apply t --dev v0 --confirm 10m; fails $S filter rule add t udp dport 7 drop",
            "$S filter confirm t; $S filter rule add t udp dport 7 drop"),
        (
            "skep filter show * prints them, with -j the ids",
            "apply t --dev v0; fails $S filter rule del t none",
            "$S filter rule del t $($S filter show t -j | grep -o '\"id\":\"[^\"]*\"' | head -n 1 | cut -d '\"' -f 4)"),
        (
            "look at the feed; --force loads it as it is",
            "apply t --dev v0; fails sh -c \"echo 10.1.1.1 | $S filter set load t bad -\"",
            "echo 10.1.1.1 | $S filter set load t bad - --force"),
    ];

    // Followed by tests of their own: the first by the one below, the second in FilterConfirm's tests on a terminal, the last by GenTests;
    // the third is of a help text.
    private static readonly string[] s_elsewhere =
    [
        "the kernel does not report which; detach it first: bpftool link detach id", "from elsewhere: skep filter confirm *", "see --force",
        "ip link set * up", "skep filter set list * *",
        "those that count are deleted as they were added; skep filter set list * * shows them",
    ];

    public static TheoryData<int, string> Cases => [.. s_remedies.Select((remedy, i) => (i, remedy.Remedy))];

    public void Dispose()
    {
        Tool.Try("ip", "netns", "del", $"{_network.Name}-b");
        _run.Dispose();
        _network.Dispose();
        _scratch.Dispose();
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Doing_what_an_error_says_helps(int number, string remedy)
    {
        (_, string fails, string follow) = s_remedies[number];
        Outcome failed = Shell(fails);
        Assert.True(failed.Code == 0, $"{fails}: {failed.Error}");
        string said = Regex.Escape(remedy).Replace("\\*", ".+", StringComparison.Ordinal).Replace(
            "\\{\\{", "\\{", StringComparison.Ordinal).Replace("}}", "}", StringComparison.Ordinal);
        Assert.Matches(said, failed.Error);
        Outcome followed = Shell(follow);
        Assert.True(followed.Code == 0, $"{follow}: {followed.Error}");
    }

    [Fact]
    public void A_link_that_the_kernel_does_not_name_is_detached_by_its_id()
    {
        Requires.Installed("bpftool");
        using var other = new TestNetwork();
        Assert.Equal(_network.IfIndex, other.IfIndex);
        using BpfProgram program = BpfProgram.Load(
            BpfProgramType.Xdp,
            [0x00000002000000b7, 0x0000000000000095],
            new() { Name = "someone", ExpectedAttachType = BpfAttachType.Xdp });
        using BpfLink here = Attach(program, _network), there = Attach(program, other);
        uint id = here.GetInfo().Id;
        Outcome refused = Shell("fails apply t --dev v0 --replace");
        Assert.Contains(
            $"by one of the links {id}, {there.GetInfo().Id} (the kernel does not report which; detach it first: bpftool link detach id)",
            refused.Error,
            StringComparison.Ordinal);
        Tool.Run("bpftool", "link", "detach", "id", $"{id}");
        Shell("apply t --dev v0").Succeeds();
    }

    [Fact]
    public void Each_remedy_that_names_a_command_or_an_option_is_followed()
    {
        string[] known = [.. s_remedies.Select(r => r.Remedy).Concat(s_elsewhere)];
        string[] files =
        [
            .. new[] { "Skep.Packets", "Skep.Filter", "Skep.Filter.Runtime" }.SelectMany(
                project => Directory.GetFiles(Source(project), "*.cs", SearchOption.AllDirectories)),
            .. Directory.GetFiles(Path.Combine(Source("Skep.Cli"), "Filter"), "*.cs")
        ];
        string[] found =
        [
            .. files.SelectMany(file => Split().Replace(File.ReadAllText(file), "").Split('\n')).Where(
                line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal)).SelectMany(line => Remedies().Matches(line))
                .Select(match => Hole().Replace(match.Groups[1].Value, "*")).Where(text => Command().IsMatch(text)).Distinct(),
        ];
        Assert.InRange(found.Length, 15, 200);
        Assert.Empty(found.Except(known));
    }

    [GeneratedRegex("""\(((?:[^()"]|\([^()"]*\))*)\)(?=[^"]*")""")]
    private static partial Regex Remedies();

    [GeneratedRegex("(?<!\\{)\\{[^{}]+\\}(?!\\})")]
    private static partial Regex Hole();

    // A text that goes on in the next line.
    [GeneratedRegex(@"""\s*\n\s*\+ \$?""")]
    private static partial Regex Split();

    [GeneratedRegex("skep filter |--[a-z]{3,}|mount -|bpftool |ip link")]
    private static partial Regex Command();

    private static string Source(string project) => Path.Combine(Repository.Root, "src", project);

    private static BpfLink Attach(BpfProgram program, TestNetwork network)
    {
        using NetworkNamespace space = NetworkNamespace.Open(network.Name);
        return space.Run(() => BpfLink.AttachXdp(program, XdpDevice.IndexOf("v0")));
    }

    private Outcome Shell(string script)
    {
        string path = _scratch.File("script");
        File.WriteAllText(path, $"set -e\nS={SkepBinary.Path} D={Path.GetDirectoryName(path)} N={_network.Name}\n{Words}\n{script}\n");
        return _run.Try(["sh", path]);
    }
}
