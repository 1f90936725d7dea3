using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;


namespace Skep.EndToEnd.Support;

/// <summary>What <c>skep watch -j -- COMMAND</c> told: its events, its summary, and what the command itself printed.</summary>
internal sealed partial record Watched(Outcome Outcome, JsonElement[] Events)
{
    public int Code => Outcome.Code;

    /// <summary>What the command printed.</summary>
    public string Output => Outcome.Output;

    /// <summary>The JSON lines that the command printed.</summary>
    public JsonElement[] Answers => [.. Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Json.Parse)];

    public long Captured => Summary("captured");

    public long Lost => Summary("lost");

    public IEnumerable<JsonElement> Of(string command) => Events.Where(e => e.Text("cmd") == command);

    /// <summary>How far code is proven that the kernel made no tag for: the backends before the third read the kernel's own copy.</summary>
    public static string Untagged(JsonElement e) => e.Number("tier") == 3 ? "consistent" : "proven";

    /// <summary>The only event of a command.</summary>
    public JsonElement Only(string command)
    {
        JsonElement[] found = [.. Of(command)];
        Assert.True(
            found.Length == 1,
            $"{found.Length} events of {command} among:\n{string.Join('\n', Events.Select(e => e.Text("cmd")))}\n{Outcome.Error}");
        return found[0];
    }

    /// <summary>The command did what it is for, and nothing was lost.</summary>
    public Watched Succeeded()
    {
        Assert.True(Code == 0, $"exit {Code}\n{Outcome.Error}\n{Output}");
        Assert.Equal(0, Lost);
        return this;
    }

    private long Summary(string group)
    {
        Match match = SummaryLine().Match(Outcome.Error);
        Assert.True(match.Success, $"no summary on standard error:\n{Outcome.Error}");
        return long.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"^skep: (?<captured>\d+) events captured, (?<lost>\d+) lost", RegexOptions.Multiline)]
    private static partial Regex SummaryLine();
}
