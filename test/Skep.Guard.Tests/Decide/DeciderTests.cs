using CsCheck;
using Skep.Guard.Decide;
using Skep.Guard.Model;

namespace Skep.Guard.Tests.Decide;

/// <summary>Which rule of which policy decides, and when that depends on what was not recorded.</summary>
public sealed class DeciderTests
{
    private const string Finding = "finding = \"sends-signals\"\n", Uid = "uid = 0\n", Exe = "exe = \"/a\"\n", Miss = "uid = 7\n";

    private static readonly ulong SendsSignals = (ulong)FindingNames.All.ToList().IndexOf("sends-signals");

    // A load by user 0; who executes it was not recorded.
    private static Subject Load(bool isFound = false) => new(GuardOperations.ProgLoad)
    {
        [ConditionKind.Uid] = Fact.Of(0ul),
        [ConditionKind.Finding] = isFound ? Fact.Of(SendsSignals) : Fact.None,
    };

    [Theory]
    [InlineData("allow", "deny allow alert", "deny 1")]
    [InlineData("allow", "deny:uid = 7 alert allow", "alert 2")]
    [InlineData("allow", "deny:uid = 7", "allow 0")]
    [InlineData("deny", "", "deny 0")]
    [InlineData("alert", "allow:uid = 7", "alert 0")]
    [InlineData("deny", "allow", "allow 1")]
    public void The_first_rule_that_matches_decides(string otherwise, string rules, string decision) =>
        Assert.Equal(decision, Decide(Load(), Of(otherwise, Rules(rules))));

    [Theory]
    [InlineData("deny:exe = \"/a\"", "allow", "undecided 1 exe")]
    [InlineData("deny:exe = \"/a\" deny", "allow", "deny 2")]
    [InlineData("alert:exe = \"/a\" alert", "allow", "alert 2")]
    [InlineData("deny:exe = \"/a\"", "deny", "deny 0")]
    [InlineData("allow:exe = \"/a\"", "allow", "allow 0")]
    [InlineData("allow deny:exe = \"/a\"", "allow", "allow 1")]
    [InlineData("deny:exe = \"/a\" allow:not_unit = \"b\" alert", "deny", "undecided 1 exe unit")]
    [InlineData("deny:uid = 7,exe = \"/a\" allow", "deny", "allow 2")]
    public void What_was_not_recorded_matters_only_when_another_action_could_follow(string rules, string otherwise, string decision) =>
        Assert.Equal(decision, Decide(Load(), Of(otherwise, Rules(rules))));

    [Theory]
    [InlineData("allow", "alert", "deny", "deny c 0")]
    [InlineData("alert", "allow", "alert", "alert a 0")]
    [InlineData("allow", "allow", "allow", "allow a 0")]
    [InlineData("deny", "deny", "allow", "deny a 0")]
    public void The_strictest_of_several_policies_decides(string a, string b, string c, string decision)
    {
        Decision found = new Decider([Of(a, "", "a"), Of(b, "", "b"), Of(c, "", "c")]).Decide(Load());
        Assert.Equal(decision, $"{found.Word} {found.Policy!.Name} {found.RuleNumber}");
    }

    [Theory]
    [InlineData("deny", "deny d 0")]
    [InlineData("alert", "undecided u 1 exe")]
    [InlineData("allow", "undecided u 1 exe")]
    public void A_denial_stands_whatever_another_policy_lacks(string other, string decision)
    {
        Decision found = new Decider([Of("allow", Rules("deny:exe = \"/a\""), "u"), Of(other, "", "d")]).Decide(Load());
        Assert.Equal(decision, $"{found.Word} {found.Policy!.Name} {found.RuleNumber} {Missing(found)}".TrimEnd());
    }

    [Fact]
    public void What_another_policy_lacks_does_not_matter_below_what_is_certain() =>
        Assert.Equal("alert", new Decider([Of("allow", Rules("alert:exe = \"/a\""), "u"), Of("alert", "", "d")]).Decide(Load()).Word);

    [Theory]
    [InlineData(Finding, "deny", true, "deny 2")]
    [InlineData(Finding, "allow", true, "alert 1")]
    [InlineData(Finding, "alert", true, "alert 2")]
    [InlineData(Finding, "allow", false, "allow 2")]
    [InlineData(Finding + Miss, "allow", true, "allow 2")]
    [InlineData("not_" + Finding, "allow", false, "alert 1")]
    public void A_rule_on_a_finding_alerts_and_ends_no_search(string conditions, string behind, bool isFound, string decision) =>
        Assert.Equal(decision, Decide(Load(isFound), Of("deny", Rule("alert", conditions) + Rule(behind, Uid))));

    [Fact]
    public void A_rule_on_a_finding_raises_the_default_too()
    {
        Assert.Equal("alert 1", Decide(Load(isFound: true), Of("allow", Rule("alert", Finding))));
        Assert.Equal("deny 0", Decide(Load(isFound: true), Of("deny", Rule("alert", Finding))));
        Assert.Equal("allow 0", Decide(Load(), Of("allow", Rule("alert", Finding))));
    }

    [Fact]
    public void A_rule_on_a_finding_behind_the_one_that_decides_is_not_reached() =>
        Assert.Equal("allow 1", Decide(Load(isFound: true), Of("deny", Rule("allow", Uid) + Rule("alert", Finding))));

    [Fact]
    public void A_finding_that_is_not_known_matters_only_to_what_is_allowed()
    {
        var unknown = new Subject(GuardOperations.ProgLoad) { [ConditionKind.Uid] = Fact.Of(0ul) };
        Assert.Equal("undecided 1 finding", Decide(unknown, Of("allow", Rule("alert", Finding))));
        Assert.Equal("deny 0", Decide(unknown, Of("deny", Rule("alert", Finding))));
        Assert.Equal("alert 2", Decide(unknown, Of("allow", Rule("alert", Finding) + Rule("alert", Uid))));
        Assert.Equal("undecided 1 exe finding", Decide(unknown, Of("allow", Rule("alert", Finding) + Rule("alert", Exe))));
    }

    [Fact]
    public void What_is_not_guarded_is_not_covered()
    {
        Decision found = new Decider([Of("deny", "")]).Decide(new Subject(GuardOperations.None));
        Assert.Equal(("not-covered", (GuardAction?)null), (found.Word, found.Action));
    }

    [Fact]
    public void Without_policies_all_is_allowed() => Assert.Equal("allow", new Decider([]).Decide(Load()).Word);

    [Fact]
    public void A_rule_matches_only_the_operations_that_it_is_on()
    {
        Policy policy = Of("allow", Rule("deny", "on = [\"map_write\", \"link\"]\n"));
        IEnumerable<GuardOperations> operations =
            Enum.GetValues<GuardOperations>().Where(o => o is not (GuardOperations.None or GuardOperations.All));
        Assert.All(operations, operation =>
        {
            bool isOn = operation is GuardOperations.MapWrite or GuardOperations.Link;
            Assert.Equal(isOn ? "deny" : "allow", new Decider([policy]).Decide(new Subject(operation)).Word);
        });
        Assert.Equal("deny", new Decider([policy]).Decide(new Subject(GuardOperations.Attach | GuardOperations.Link)).Word);
    }

    // Whatever is made known of what was not, the decision is one of those that were possible: a decided one stays.
    [Fact]
    public void What_is_decided_stays_whatever_is_found_out()
    {
        Gen<string> condition = OneOf(Uid, Miss, Exe, "not_" + Exe, Finding, "unit = \"u\"\n", "not_unit = \"u\"\n", "");
        Gen<string> rule = Gen.Select(OneOf("allow", "alert", "deny"), condition, condition, (action, a, b) =>
            Rule((a + b).Contains("finding", StringComparison.Ordinal) ? "alert" : action, a == b || Key(a) == Key(b) ? a : a + b));
        Gen<string> policy = Gen.Select(OneOf("allow", "alert", "deny"), rule.Array[0, 4],
            (otherwise, rules) => $"[policy]\nname = \"p\"\ndefault = \"{otherwise}\"\n{string.Concat(rules)}");
        Gen.Select(policy, policy).Sample(
            (first, second) =>
            {
                var decider = new Decider([PolicyText.Read(first), PolicyText.Read(second)]);
                Decision before = decider.Decide(new Subject(GuardOperations.ProgLoad) { [ConditionKind.Uid] = Fact.Of(0ul) });
                string[] after = [.. Completions().Select(subject => decider.Decide(subject).Word).Distinct()];
                Assert.DoesNotContain("undecided", after);
                if (before.Word != "undecided") Assert.Equal([before.Word], after);
                else Assert.NotEmpty(before.Missing);
            },
            iter: 3000);
    }

    private static Gen<string> OneOf(params string[] words) => Gen.Int[0, words.Length - 1].Select(i => words[i]);

    private static string Key(string condition) => condition.Replace("not_", "", StringComparison.Ordinal).Split(' ')[0];

    private static IEnumerable<Subject> Completions() =>
        from exe in (string[])["/a", "/b"]
        from unit in (Fact[])[Fact.Of("u"), Fact.Of("v"), Fact.None]
        from finding in (Fact[])[Fact.Of(SendsSignals), Fact.None]
        select new Subject(GuardOperations.ProgLoad)
        {
            [ConditionKind.Uid] = Fact.Of(0ul),
            [ConditionKind.Exe] = Fact.Of(exe),
            [ConditionKind.Unit] = unit,
            [ConditionKind.Finding] = finding,
        };

    private static string Decide(Subject subject, Policy policy)
    {
        Decision found = new Decider([policy]).Decide(subject);
        return $"{found.Word} {found.RuleNumber} {Missing(found)}".TrimEnd();
    }

    private static string Missing(Decision decision) => string.Join(' ', decision.Missing.Select(kind => ConditionInfo.Of(kind).Key));

    private static Policy Of(string otherwise, string rules, string name = "p") =>
        PolicyText.Read($"[policy]\nname = \"{name}\"\ndefault = \"{otherwise}\"\n{rules}");

    private static string Rule(string action, string conditions) => $"[[rule]]\naction = \"{action}\"\n{conditions}";

    // ACTION[:CONDITION,...] ...
    private static string Rules(string list)
    {
        var rules = new System.Text.StringBuilder();
        foreach (string word in System.Text.RegularExpressions.Regex.Split(list, " (?=allow|alert|deny)").Where(word => word.Length > 0))
        {
            string[] parts = word.Split(':', 2);
            rules.Append(Rule(parts[0], parts.Length == 1 ? "" : parts[1].Replace(",", "\n", StringComparison.Ordinal) + "\n"));
        }

        return rules.ToString();
    }
}
