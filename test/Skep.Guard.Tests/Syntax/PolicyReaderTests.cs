using System.Text;
using CsCheck;
using Skep.Filter.Syntax;
using Skep.Guard.Model;
using Skep.Guard.Syntax;

namespace Skep.Guard.Tests.Syntax;

/// <summary>What a policy file may hold: each error with its place and what to do.</summary>
public sealed class PolicyReaderTests
{
    private const string Policy = "[policy]\nname = \"p\"\n";

    [Theory]
    [InlineData("", "1:1: the file has no [policy] (begin it with [policy] and name = \"...\")")]
    [InlineData("[policy]\n", "1:2: [policy] has no name (add name = \"...\")")]
    [InlineData("[policy]\nname = \"a b\"\n", "2:8: a policy's name has letters, digits, - and _, and at most 64 of them")]
    [InlineData("[policy]\nname = \"\"\n", "2:8: a policy's name has letters, digits, - and _, and at most 64 of them")]
    [InlineData("[policy]\nname = \"a\"\ndefault = \"denny\"\nfail = \"opne\"\n",
        "3:11: default is allow, alert or deny, not denny (did you mean deny?)",
        "4:8: fail is open or closed, not opne (did you mean open?)")]
    [InlineData("[policy]\nname = \"a\"\ndefault = 1\nfail = [\"open\"]\n", "3:11: default takes one string", "4:8: fail takes one string")]
    [InlineData("[policy]\nname = \"a\"\nnmae = \"b\"\n", "3:1: [policy] has no key nmae (did you mean name?)")]
    [InlineData("[policy]\nname = \"a\"\nnmae.x = \"b\"\n", "3:1: [policy] has no key nmae.x (docs/guard.md lists the keys)")]
    [InlineData("[polcy]\nname = \"a\"\n", "1:2: there is no table polcy (did you mean policy?)")]
    [InlineData("[tables]\nname = \"a\"\n", "1:2: there is no table tables (use [policy], [[rule]] and [protect])")]
    [InlineData("[policy]\nname = \"a\"\n[policy.x]\ny = 1\n", "3:2: there is no table policy.x (did you mean policy?)")]
    [InlineData("[[policy]]\nname = \"a\"\n", "1:3: there is one policy in a file (write [policy])")]
    [InlineData("[[protect]]\nmaps = \"a\"\n", "1:3: there is one protect in a file (write [protect])")]
    [InlineData("[policy]\nname = \"a\"\n[rule]\naction = \"deny\"\n", "3:2: a rule is [[rule]], with two brackets (write [[rule]])")]
    [InlineData("name = \"a\"\n[policy]\nname = \"b\"\n", "1:1: name stands before any table (put it below [policy] or [[rule]])")]
    [InlineData("policy = { name = \"x\" }\n", "1:1: policy stands before any table (put it below [policy] or [[rule]])")]
    public void A_policy_of_its_table(string text, params string[] errors) => Assert.Equal(errors, PolicyText.Errors(text));

    [Theory]
    [InlineData("[policy\nname = \"a\"\n", "1:8: TOML: the line ends where ] is expected",
        "2:1: TOML: name stands where the end of the line is expected")]
    [InlineData("[policy]\nname = \"a", "2:9: TOML: the string has no end")]
    [InlineData("[policy]\nname = \"a\nb\"\n", "2:10: TOML: the line ends within the string")]
    [InlineData("[policy]\nname = \"a\0b\"\n", "2:8: TOML: a control character, which has to be written as \\u0000")]
    [InlineData("[policy]\nname = \"\\q\"\n", "2:10: TOML: an escape that TOML does not have")]
    [InlineData("[policy]\nname = \"\\uD800\"\n", "2:10: TOML: an escape of no character")]
    [InlineData("[policy]\nname\n", "2:5: TOML: expecting `=` after a key instead of the end of the line")]
    [InlineData("[policy]\nname = \"a\"\nname = \"b\"\n", "3:1: name is given twice (the first is in line 2)")]
    [InlineData("[policy]\nname = \"a\"\n[policy]\nname = \"b\"\nfail = \"open\"\n", "3:1: a second [policy] (the first is in line 1)")]
    [InlineData("[policy]\nname = \"a\"\n[protect]\nmaps = \"b\"\n[protect]\nmaps = \"c\"\n",
        "5:1: a second [protect] (the first is in line 3)")]
    [InlineData("[policy]\nname = \"a\"\n[[rule]]\naction = \"deny\"\nuid = 5\nuid = 6\n",
        "6:1: uid is given twice (the first is in line 5)")]
    [InlineData("[policy]\nname = \"a\"\n[[rule]]\nuid = 99999999999999999999\n",
        "4:7: TOML: unable to parse integer `99999999999999999999`")]
    public void Text_that_is_no_toml(string text, params string[] errors) => Assert.Equal(errors, PolicyText.Errors(text));

    [Theory]
    [InlineData("[[rule]]\n", "3:3: the rule has no action (add action = \"allow\", \"alert\" or \"deny\")")]
    [InlineData("[[rule]]\naction = \"forbid\"\n", "4:10: action is allow, alert or deny, not forbid")]
    [InlineData("[[rule]]\naction = \"deny\"\nmessage = 5\n", "5:11: message takes one string")]
    [InlineData("[[rule]]\naction = \"deny\"\nhelpr = \"x\"\n", "5:1: [[rule]] has no key helpr (did you mean helper?)")]
    [InlineData("[[rule]]\naction = \"deny\"\nnot_not_uid = 5\n",
        "5:1: [[rule]] has no key not_not_uid (docs/guard.md lists the keys)")]
    [InlineData("[[rule]]\naction = \"deny\"\non = \"prog_laod\"\n", "5:6: there is no operation prog_laod (did you mean prog_load?)")]
    [InlineData("[[rule]]\naction = \"deny\"\non = []\n", "5:6: on is empty (leave it out, or give it a value)")]
    [InlineData("[[rule]]\naction = \"deny\"\non = [\"pin\", 5]\n",
        "5:14: on takes the names of operations (they are prog_load, map_create, map_write, attach, detach, link, pin, btf_load, token)")]
    [InlineData("[[rule]]\naction = \"deny\"\non = \"map_create\"\nhelper = \"send_signal\"\n",
        "6:1: helper is known at prog_load, and the rule is on map_create (the rule would never match)")]
    [InlineData("[[rule]]\naction = \"deny\"\non = [\"map_write\", \"link\"]\nnot_token = true\n",
        "6:1: not_token is known at prog_load, "
        + "map_create, btf_load, and the rule is on map_write, link (the rule would never match)")]
    [InlineData("[[rule]]\naction = \"deny\"\nfinding = \"sends-signals\"\n",
        "5:1: finding can only alert: findings are made after the load, "
        + "outside of the kernel (use action = \"alert\", or a condition on helper or kfunc)")]
    public void A_rule(string rule, params string[] errors) => Assert.Equal(errors, PolicyText.Errors(Policy + rule));

    [Theory]
    [InlineData("[protect]\nmap = \"a\"\n", "4:1: [protect] has no key map (did you mean maps?)")]
    [InlineData("[protect]\nmaps = [5, \"\"]\n", "4:9: maps takes strings", "4:12: maps takes strings")]
    [InlineData("[protect]\nlinks = \"a\"\npins = [\"b/\"]\n", "4:9: links takes paths of pins, not a",
        "5:9: pins takes paths of pins, not b/")]
    [InlineData("[protect]\nfilter = \"yes\"\nprograms = 1\n", "4:10: filter takes true or false", "5:12: programs takes strings")]
    [InlineData("[protect]\npins = []\n", "4:8: pins is empty (leave it out, or give it a value)")]
    public void What_is_protected(string protect, params string[] errors) => Assert.Equal(errors, PolicyText.Errors(Policy + protect));

    [Fact]
    public void A_policy_is_what_it_says()
    {
        Policy policy = PolicyText.Read("""
            # A comment.
            [ policy ]
            "name" = 'web-1_x'
            default = "deny"
            fail = "closed"

            [protect]
            maps = ["edge_counters", "/sys/fs/bpf/a/"]
            programs = "edge"
            links = "/sys/fs/bpf/l"
            pins = ["/sys/fs/bpf/skep/"]
            filter = true

            [[rule]] # the first
            action = "alert"
            on = ["prog_load", "attach"]
            message = "who \u00e9"
            uid = [0, "1000-1999", "5000-", "-7"]
            not_exe = "/usr/sbin/*"

            [[ rule ]]
            action = "allow"
            """);
        Assert.Equal(("web-1_x", GuardAction.Deny, FailMode.Closed), (policy.Name, policy.Default, policy.Fail));
        Assert.Equal(["edge_counters", "/sys/fs/bpf/a"], policy.Protected.Maps);
        Assert.Equal(["edge"], policy.Protected.Programs);
        Assert.True(policy.Protected.HasFilter);
        Assert.Equal(["/sys/fs/bpf/l"], policy.Protected.Links);
        Assert.Equal(["/sys/fs/bpf/skep"], policy.Protected.Pins);
        Assert.Equal([14, 21], policy.Rules.Select(rule => rule.Line));
        PolicyRule first = policy.Rules[0];
        Assert.Equal((GuardAction.Alert, GuardOperations.ProgLoad | GuardOperations.Attach, "who \u00e9"),
            (first.Action, first.Operations, first.Message));
        Assert.Equal(["uid", "not_exe"], first.Conditions.Select(condition => condition.Key));
        Assert.Equal([(0ul, 0ul), (1000, 1999), (5000, uint.MaxValue), (0, 7)], first.Conditions[0].Values.Select(v => (v.Low, v.High)));
        Assert.Equal((GuardAction.Allow, GuardOperations.All, null), (policy.Rules[1].Action, policy.Rules[1].Operations,
            policy.Rules[1].Message));
        Assert.Empty(policy.Rules[1].Conditions);
    }

    [Fact]
    public void A_policy_says_no_more_than_a_hundred_errors() =>
        Assert.Equal(100, PolicyText.Errors(Policy + string.Concat(Enumerable.Range(0, 500).Select(i => $"k{i} = 1\n"))).Length);

    [Theory]
    [InlineData("[[rule]]\nuid = ", "[", 2000)]
    [InlineData("[[rule]]\nuid = ", "{a=", 2000)]
    public void Values_within_each_other_are_refused(string before, string deeper, int times)
    {
        string[] errors = PolicyText.Errors(Policy + before + string.Concat(Enumerable.Repeat(deeper, times)));
        Assert.EndsWith("TOML: values are nested too deeply", Assert.Single(errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[[rule]]\naction = \"deny\"\nuid = 5\n")]
    [InlineData("[policy]\nname = \"x\"\n")]
    [InlineData("[a\n")]
    [InlineData("=")]
    [InlineData("k = [\n")]
    public void A_long_file_costs_as_much_as_it_is_long(string part) => Growth.AssertAboutLinear(
        1000, n => new SourceText("p.toml", Policy + string.Concat(Enumerable.Repeat(part, n))), source => PolicyFile.Read(source));

    [Fact]
    public void No_text_makes_it_throw()
    {
        string[] words =
        [
            "[policy]\n", "[[rule]]\n", "[protect]\n", "name = ", "action = ", "\"deny\"\n", "\"p\"\n", "uid = ", "[", "]", "{", "}", "\n",
            "\"",
            "'", "\"\"\"", "5", "5-", "true", ".", ",", "=", "#", "\\", "\\u", "\0", "\ud800", "\u2028", "1979-01-01", "inf", "time = ",
            "\"Mon-Sun 10:00-09:59\"\n", "helper = ", "not_", .. ConditionInfo.All.Select(info => info.Key),
        ];
        Gen.Int[0, words.Length - 1].Array[0, 40].Sample(
            picks =>
            {
                string text = string.Concat(picks.Select(pick => words[pick]));
                foreach (Diagnostic diagnostic in PolicyFile.Read(new SourceText("p.toml", text)).Diagnostics)
                    Assert.NotEmpty(DiagnosticFormatter.Format(diagnostic));
            },
            iter: 5000);
    }

    [Fact]
    public void Bytes_that_are_not_utf8_are_an_error_in_their_place()
    {
        byte[] bytes = [.. Encoding.UTF8.GetBytes(Policy), .. "# "u8, 0xe9, (byte)'\n'];
        Diagnostic error = Assert.Single(PolicyFile.Read("p.toml", bytes).Diagnostics);
        Assert.Equal((3, 3, "a byte that is not UTF-8"), (error.Line, error.Column, error.Message));
        Assert.NotNull(PolicyFile.Read("p.toml", [0xef, 0xbb, 0xbf, .. Encoding.UTF8.GetBytes(Policy)]).Policy);
        Assert.Null(PolicyFile.Read("p.toml", Encoding.Unicode.GetBytes(Policy)).Policy);
    }

    [Theory]
    [InlineData("[canary]\nname = \"canary\"\n")]
    [InlineData("canary:x:0\n= canary\n")]
    [InlineData("\"canary\" canary = canary\n")]
    public void Nothing_of_a_file_of_another_kind_is_quoted(string text)
    {
        Diagnostic error = Assert.Single(PolicyFile.Read("p.toml", Encoding.UTF8.GetBytes(text)).Diagnostics);
        Assert.DoesNotContain("canary", DiagnosticFormatter.Format(error), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[policy] # x\nname = 5\n")]
    [InlineData("  [ \"policy\" ]\nname = 5\n")]
    [InlineData("[[rule]]\naction = 5\n")]
    [InlineData("[polcy]\naction = 5\n")]
    public void A_policy_is_quoted(string text) =>
        Assert.Contains("\n    ", DiagnosticFormatter.Format(PolicyFile.Read("p.toml", Encoding.UTF8.GetBytes(text)).Diagnostics[0]),
            StringComparison.Ordinal);
}
