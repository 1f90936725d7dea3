using System.Globalization;
using System.Text;
using Skep.Guard.Model;
using Skep.Output;

namespace Skep.Guard.Learn;

/// <summary>Writes the policy that allows what was learned.</summary>
/// <param name="learner">What was learned.</param>
/// <param name="output">Takes the policy.</param>
public sealed class LearnedPolicyWriter(PolicyLearner learner, TextWriter output)
{
    /// <summary>The name of a policy that was learned.</summary>
    public const string Name = "learned";

    private const int LongestLine = 140;

    /// <summary>Writes it.</summary>
    /// <param name="skep">The executable of Skep, which applies other policies; null to leave it out.</param>
    public void Write(string? skep)
    {
        WriteHeader();
        if (skep is not null) WriteSkep(skep);
        WriteProbes();
        foreach ((LearnedCaller caller, LearnedContent content) in learner.Loads)
        {
            if (content.Digests.Count > 0) WriteLoads(caller, content, "sha256", content.Digests, "");
            if (content.Tags.Count > 0) WriteLoads(caller, content, "tag", content.Tags, ": their code was not recorded");
        }

        if (learner.Loaded.Tags.Count > 0)
        {
            Rule("Loaded before skep guard learn began, by whom is not known", "prog_load");
            List("prog_type", learner.Loaded.Types);
            Commented("tag", learner.Loaded.Tags);
        }

        WriteOperations();
    }

    private void WriteHeader()
    {
        string period = learner is { First: { } first, Last: { } last }
            ? $" from {SafeText.Escape(first)} to {SafeText.Escape(last)}" : "";
        output.WriteLine($"# What BPF did{period}: {(learner.Events == 1 ? "1 event" : $"{learner.Events} events")}. All else is denied.");
        output.WriteLine(
            "# Written by skep guard learn: read it before it is applied. The code of programs is another after an update of them,");
        output.WriteLine("# and where it depends on the kernel.");
        if (learner.Unknown > 0)
        {
            output.WriteLine("# Loads of which nothing is known, and which it does not allow: "
                + $"{learner.Unknown} (record with skep watch --insns).");
        }

        output.WriteLine($"[policy]\nname = {Quoted(Name)}\ndefault = \"deny\"\nfail = \"open\"");
    }

    // Without it, nobody could apply another policy.
    private void WriteSkep(string skep)
    {
        output.WriteLine("\n# Skep itself");
        output.WriteLine("[[rule]]\naction = \"allow\"");
        List("exe", [skep]);
    }

    private void WriteProbes()
    {
        if (learner.Probes.Count == 0) return;
        foreach (IGrouping<bool, LearnedCaller> callers in learner.Probes.Keys.GroupBy(caller => caller is { Exe: not null, Unit: null }))
        {
            // Those of which only the executable is known make one rule.
            if (callers.Key) WriteProbes(callers, [.. callers.Select(caller => caller.Exe!)], null);
            else foreach (LearnedCaller caller in callers) WriteProbes([caller], [], caller);
        }
    }

    private void WriteProbes(IEnumerable<LearnedCaller> callers, IReadOnlyCollection<string> executables, LearnedCaller? caller)
    {
        var content = new LearnedContent();
        foreach (LearnedCaller each in callers) content.AddAll(learner.Probes[each]);
        Rule($"Feature probes of libbpf: {(content.Digests.Count == 1 ? "1 program" : $"{content.Digests.Count} programs")}", "prog_load");
        if (caller is null) List("exe", executables);
        else Conditions(caller);
        List("prog_type", content.Types);
        List("sha256", content.Digests.Keys.Order(StringComparer.Ordinal));
    }

    private void WriteLoads(
        LearnedCaller caller, LearnedContent content, string key, IReadOnlyDictionary<string, List<LearnedProgram>> programs, string why)
    {
        Rule($"Programs of {NameOf(caller)}{why}", "prog_load");
        Conditions(caller);
        List("prog_type", content.Types);
        Commented(key, programs);
    }

    private void WriteOperations()
    {
        var groups = learner.Operations.GroupBy(pair => (pair.Value, pair.Key.Unit, pair.Key.Exe is null ? pair.Key : null));
        foreach (var group in groups)
        {
            (GuardOperations operations, string? unit, LearnedCaller? nameless) = group.Key;
            string names = string.Join(", ", group.Select(pair => NameOf(pair.Key)).Take(3)) + (group.Count() > 3 ? ", ..." : "");
            Rule($"What is no load, of {names}", [.. OperationNames.Of(operations)]);
            if (nameless is not null)
            {
                Conditions(nameless);
                continue;
            }

            List("exe", group.Select(pair => pair.Key.Exe!));
            if (unit is not null) List("unit", [unit]);
        }
    }

    private void Rule(string comment, params IReadOnlyList<string> on)
    {
        output.WriteLine($"\n# {comment}\n[[rule]]\naction = \"allow\"");
        List("on", on);
    }

    private void Conditions(LearnedCaller caller)
    {
        foreach ((string key, string value) in caller.Conditions()) List(key, [value]);
        if (caller.Uid is { } uid) output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"uid = {uid}"));
    }

    private static string NameOf(LearnedCaller caller)
    {
        string who = caller.Exe ?? caller.Unit ?? caller.Cgroup ?? (caller.Uid is { } uid ? $"uid {uid}" : "processes that are not known");
        return SafeText.Escape(caller is { Exe: not null, Unit: { } unit } ? $"{who} in {unit}" : who);
    }

    private void Commented(string key, IReadOnlyDictionary<string, List<LearnedProgram>> programs)
    {
        output.WriteLine($"{key} = [");
        foreach ((string value, List<LearnedProgram> named) in programs)
            output.WriteLine($"    {Quoted(value)}, # {string.Join(", ", named.Select(Describe))}");
        output.WriteLine("]");
    }

    private static string Describe(LearnedProgram program)
    {
        string name = program.Name.Length == 0 ? "without a name" : SafeText.Escape(program.Name);
        string count = program.InsnCnt is { } insns ? $", {insns} instructions" : "";
        return $"{name} ({SafeText.Escape(program.Type)}{count})";
    }

    // One value, an array in its line, or an array of several lines.
    private void List(string key, IEnumerable<string> values)
    {
        string[] quoted = [.. values.Select(Quoted)];
        if (quoted.Length == 0) return;
        string line = quoted.Length == 1 ? $"{key} = {quoted[0]}" : $"{key} = [{string.Join(", ", quoted)}]";
        if (quoted.Length == 1 || line.Length <= LongestLine)
        {
            output.WriteLine(line);
            return;
        }

        output.WriteLine($"{key} = [");
        var part = new StringBuilder("   ");
        foreach (string value in quoted)
        {
            if (part.Length > 3 && part.Length + value.Length + 2 > LongestLine)
            {
                output.WriteLine(part);
                part.Clear().Append("   ");
            }

            part.Append(' ').Append(value).Append(',');
        }

        output.WriteLine(part);
        output.WriteLine("]");
    }

    // A basic string of TOML.
    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char c in text)
        {
            if (c is '"' or '\\') quoted.Append('\\').Append(c);
            else if (char.IsControl(c) || char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator)
                quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else quoted.Append(c);
        }

        return quoted.Append('"').ToString();
    }
}
