using Skep.Filter.Import;

namespace Skep.Filter.Tests.Cost;

/// <summary>Importing rules of another firewall costs about as much as they are long, or is refused.</summary>
public sealed class ImportCostTests
{
    private static readonly Dictionary<string, (int Size, Func<int, string> Make)> Nft = new()
    {
        ["rules"] = (1000, n => Chain(Lines(n, i => $"tcp dport {i % 60000} accept"))),
        ["rules that are not understood"] = (2000, n => Chain(Lines(n, i => $"ct state {i} accept"))),
        ["defines of defines"] = (
            16,
            n =>
                Lines(
                    n,
                    i =>
                        i == 0 ? "define a0 = { 1, 2, 3, 4 }"
                            : $"define a{i} = {{ $a{i - 1}, $a{i - 1}, $a{i - 1} }}") + Chain($"tcp dport $a{n - 1} accept")),
        ["uses of a define"] = (200, n => $"define a = {{ {Join(n, i => $"{i + 1}")} }}\n" + Chain(Lines(n, _ => "tcp dport $a accept"))),
        ["chains"] = (1000, n => $"table ip t {{\n{Lines(n, i => $"chain c{i} {{ drop; }}")}\n}}\n" + Chain("drop")),
        ["chains of one name"] = (2000, n => $"table ip t {{\n{Lines(n, _ => "chain c { drop; }")}\n}}\n" + Chain("drop")),
        ["a chain of calls"] = (300, n => Chain("jump c0", Lines(n, i => $"chain c{i} {{ tcp dport {i + 1} drop; jump c{i + 1}; }}"))),
        ["chains in a circle"] = (
            5,
            n =>
                Chain(
                    "jump c0",
                    Lines(
                        n,
                        i =>
                            $"chain c{i} {{ ip saddr 10.0.0.{i} goto c{(i + 1) % n}; udp sport {i + 1} jump c{(i + 2) % n}; tcp dport "
                            + $"{i + 1} return; }}"))),
        ["calls that double"] = (
            6, n => Chain("jump c0", Lines(n, i => $"chain c{i} {{ tcp dport {i + 1} jump c{i + 1}; udp dport {i + 1} jump c{i + 1}; }}"))),
        ["calls of a long chain"] = (
            100, n => Chain(Lines(n, i => $"udp sport {i + 1} jump c"), $"chain c {{ {Lines(n, i => $"udp dport {i + 1} drop")}\n}}")),
        ["calls of a chain that drops first"] = (
            1000,
            n => Chain(Lines(n, i => $"udp sport {i + 1} jump c"), $"chain c {{ drop; {Lines(n, i => $"udp dport {i + 1} drop")}\n}}")),
        ["calls with a limit"] = (
            500, n => Chain(Lines(n, i => $"udp sport {i + 1} limit rate 1/second jump c"), $"chain c {{ {Lines(n, _ => "log")}\n}}")),
        ["calls of a large set"] = (
            200,
            n =>
                Chain(
                    Lines(n, i => $"udp sport {i + 1} jump c"),
                    $"chain c {{ ip saddr {{ {Join(10 * n, i => Address(2 * i))} }} drop;\n}}")),
        ["calls from a large set"] = (
            200,
            n =>
                Chain(
                    $"ip saddr {{ {Join(10 * n, i => Address(2 * i))} }} jump c",
                    $"chain c {{ {Lines(n, i => $"udp sport {i + 1} drop")}\n}}")),
        ["returns"] = (14, n => Chain("jump c\ndrop", $"chain c {{ {Lines(n, i => $"udp sport {i + 1} return")}\n}}")),
        ["a verdict map"] = (1000, n => Chain($"tcp dport vmap {{ {Join(n, i => $"{i + 1} : accept")} }}")),
        ["a verdict map of errors"] = (2000, n => Chain($"tcp dport vmap {{ {Join(n, i => $"x{i} : accept")} }}")),
        ["a verdict map in a long rule"] = (
            500, n => Chain($"ip saddr {{ {Join(n, Address)} }} tcp dport vmap {{ {Join(n, i => $"{i + 1} : accept")} }}")),
        ["maps"] = (
            500,
            n =>
                Chain(
                    Lines(n, i => $"tcp dport vmap @m{i}"),
                    Lines(n, i => $"map m{i} {{ type inet_service : verdict; elements = {{ {i + 1} : accept }} }}"))),
        ["maps of one name"] = (
            1000,
            n => Chain("tcp dport vmap @m", Lines(n, i => $"map m {{ type inet_service : verdict; elements = {{ {i + 1} : accept }} }}"))),
        ["uses of a map"] = (
            150,
            n =>
                Chain(
                    Lines(n, _ => "tcp dport vmap @m"),
                    $"map m {{ type inet_service : verdict; elements = {{ {Join(n, i => $"{i + 1} : accept")} }} }}")),
        ["sets"] = (
            300,
            n =>
                Chain(
                    Lines(n, i => $"ip saddr @s{i} drop"), Lines(n, i => $"set s{i} {{ type ipv4_addr; elements = {{ {Address(i)} }} }}"))),
        ["a set with counters"] = (
            5000,
            n =>
                Chain(
                    "ip saddr @s drop",
                    $"set s {{ type ipv4_addr; flags timeout; elements = {{ "
                    + $"{Join(n, i => $"{Address(2 * i)} timeout 1h expires 5m counter packets 1 bytes 2")} }} }}")),
        ["counters in a rule"] = (5000, n => Chain(string.Concat(Enumerable.Repeat("counter ", n)) + "drop")),
        ["interfaces in a rule"] = (5000, n => Chain(string.Concat(Enumerable.Repeat("iifname != \"lo\" ", n)) + "drop")),
        ["logs in a rule"] = (5000, n => Chain("log " + string.Concat(Enumerable.Repeat("level info ", n)) + "drop")),
        ["logs before each other"] = (5000, n => Chain(string.Concat(Enumerable.Repeat("log level info ", n)) + "drop")),
        ["commas in a rule"] = (5000, n => Chain($"tcp dport {string.Concat(Enumerable.Repeat("{ 80, } ", n))} drop")),
        ["matches of tags in a rule"] = (5000, n => Chain(string.Concat(Enumerable.Repeat("ether type 8021q ", n)) + "drop")),
        ["th in a rule"] = (5000, n => Chain("meta l4proto { tcp, udp } " + string.Concat(Enumerable.Repeat("th dport 80 ", n)) + "drop")),
        ["braces"] = (50000, n => "table ip t " + new string('{', n)),
        ["tables"] = (20000, n => Lines(n, i => $"table ip t{i} {{ chain c {{ drop; }} }}")),
        ["unknown statements"] = (5000, n => "table ip t { }\n" + Lines(n, i => $"x{i} y")),
        ["one long line"] = (50000, n => Chain(string.Concat(Enumerable.Repeat("x ", n)))),
    };

    private static readonly Dictionary<string, (int Size, Func<int, string> Make)> Iptables = new()
    {
        ["rules"] = (1000, n => Save(Lines(n, i => $"-A INPUT -p tcp -m tcp --dport {i % 60000} -j ACCEPT"))),
        ["rules that are not understood"] = (2000, n => Save(Lines(n, i => $"-A INPUT -m conntrack --ctstate X{i} -j ACCEPT"))),
        ["lines that are none"] = (5000, n => Save(Lines(n, i => $"x{i} y"))),
        ["chains"] = (
            1000,
            n =>
                Save(
                    Lines(n, i => $":C{i} - [0:0]") + "\n" + Lines(
                        n, i => $"-A INPUT -s {Address(i)}/32 -j C{i}") + "\n" + Lines(n, i => $"-A C{i} -j DROP"))),
        ["chains of other tables"] = (2000, n => Save("-A INPUT -j DROP") + "*nat\n" + Lines(n, i => $"-A C{i} -j DROP") + "\nCOMMIT\n"),
        ["a chain of calls"] = (
            300,
            n =>
                Save(
                    "-A INPUT -j C0\n" + Lines(
                        n, i => $"-A C{i} -p tcp --dport {i + 1} -j DROP\n-A C{i} -j C{i + 1}") + $"\n:C{n} - [0:0]")),
        ["calls that double"] = (
            6,
            n =>
                Save(
                    "-A INPUT -j C0\n" + Lines(
                        n,
                        i =>
                            $"-A C{i} -p tcp --dport {i + 1} -j C{i + 1}\n-A C{i} -p udp --dport {i + 1} -j C{i + 1}")
                                + $"\n:C{n} - [0:0]")),
        ["calls of a chain that drops first"] = (
            1000,
            n =>
                Save(
                    Lines(
                        n,
                        i =>
                            $"-A INPUT -p udp --sport {i + 1} -j C") + "\n-A C -j DROP\n" + Lines(n, i =>
                                $"-A C -p udp --dport {i + 1} -j DROP"))),
        ["returns"] = (14, n => Save("-A INPUT -j C\n-A INPUT -j DROP\n" + Lines(n, i => $"-A C -p udp --sport {i + 1} -j RETURN"))),
        ["ports of a rule"] = (
            5000, n => Save($"-A INPUT -p tcp -m multiport --dports {string.Join(',', Enumerable.Range(1, n))} -j ACCEPT")),
        ["addresses of a rule"] = (
            5000, n => Save($"-A INPUT -s {string.Join(',', Enumerable.Range(0, n).Select(i => Address(2 * i)))} -j ACCEPT")),
        ["matches of a rule"] = (1000, n => Save("-A INPUT -p tcp " + string.Concat(Enumerable.Repeat("--dport 80 ", n)) + "-j ACCEPT")),
        ["words of a rule"] = (20000, n => Save("-A INPUT " + string.Concat(Enumerable.Repeat("x ", n)))),
        ["quotes"] = (20000, n => Save("-A INPUT --comment " + string.Concat(Enumerable.Repeat("\"\" ", n)))),
        ["a long comment"] = (100000, n => Save($"-A INPUT -m comment --comment \"{new string('x', n)}\" -j DROP")),
        ["hashlimits of one name"] = (
            1000,
            n =>
                Save(
                    Lines(
                        n,
                        _ => "-A INPUT -p tcp -m hashlimit --hashlimit-name a --hashlimit-upto 5/sec --hashlimit-mode srcip -j ACCEPT"))),
        ["tables"] = (5000, n => Save("-A INPUT -j DROP") + Lines(n, i => $"*t{i}\nCOMMIT")),
    };

    public static TheoryData<string> NftNames => [.. Nft.Keys];

    public static TheoryData<string> IptablesNames => [.. Iptables.Keys];

    [Theory]
    [MemberData(nameof(NftNames))]
    public void Rules_of_nft(string shape) =>
        Growth.AssertAboutLinear(Nft[shape].Size, Nft[shape].Make, text => Show(NftImporter.Import(text, "t", "eth0")));

    [Theory]
    [MemberData(nameof(IptablesNames))]
    public void Rules_of_iptables(string shape) =>
        Growth.AssertAboutLinear(Iptables[shape].Size, Iptables[shape].Make, text => Show(IptablesImporter.Import(text, "t")));

    [Theory]
    [InlineData("counter")]
    [InlineData("elements = { 10.0.0.1 } comment")]
    [InlineData("elements = { 10.0.0.1 expires")]
    public void A_set_that_ends_within_the_state_of_an_element_is_read(string body) =>
        Show(NftImporter.Import(Chain("drop", $"set s {{ type ipv4_addr; {body} }}"), "t"));

    private static void Show(ImportResult result)
    {
        if (result.Failure is null) Assert.NotEmpty(result.Format());
        Assert.All(result.Notes, note => Assert.InRange(note.Text.Length, 0, 500));
    }

    private static string Chain(string rules, string others = "") =>
        $"table inet filter {{\n{others}\nchain input {{\ntype filter hook input priority 0; policy drop;\n{rules}\n}}\n}}\n";

    private static string Save(string rules) => $"*filter\n:INPUT DROP [0:0]\n{rules}\nCOMMIT\n";

    private static string Lines(int n, Func<int, string> line) => string.Join('\n', Enumerable.Range(0, n).Select(line));

    private static string Join(int n, Func<int, string> element) => string.Join(", ", Enumerable.Range(0, n).Select(element));

    private static string Address(int i) => $"{10 + ((i >> 24) & 0x7f)}.{(i >> 16) & 0xff}.{(i >> 8) & 0xff}.{i & 0xff}";
}
