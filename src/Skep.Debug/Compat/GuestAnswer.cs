using System.Text;
using Skep.Debug.Verify;
using Skep.Output;

namespace Skep.Debug.Compat;

/// <summary>What the kernel of a virtual machine made of a program.</summary>
/// <param name="Program">The program's name.</param>
/// <param name="Cause">Why it was refused, as docs/verify.md names it; null where it was accepted.</param>
/// <param name="Json">The object of <c>skep prog verify -j</c>.</param>
/// <param name="Text">What <c>skep prog verify</c> prints.</param>
public sealed record GuestResult(string Program, string? Cause, string Json, string Text)
{
    /// <summary>Whether it was accepted.</summary>
    public bool Accepted => Cause is null;
}

/// <summary>
/// What a virtual machine answers, a line at a time: a word, and what it is about. Of each program <c>program</c>, <c>json</c> and
/// <c>text</c> lines, and <c>end</c> last.
/// </summary>
/// <param name="Release">The kernel's release; null where it has not come so far.</param>
/// <param name="Results">The programs that it has verified.</param>
/// <param name="Failure">Why it verified no more; null where nothing failed.</param>
/// <param name="IsComplete">Whether all has come.</param>
public sealed record GuestAnswer(string? Release, IReadOnlyList<GuestResult> Results, string? Failure, bool IsComplete)
{
    private const string ReleaseWord = "release ", ProgramWord = "program ", JsonWord = "json ", TextWord = "text ",
        FailureWord = "failure ", End = "end", Accepted = "accepted";

    /// <summary>Reads an answer, or the beginning of one. What does not belong to it is passed over.</summary>
    public static GuestAnswer Parse(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        string? release = null, failure = null;
        var results = new List<GuestResult>();
        bool isComplete = false;
        string[] lines = answer.Split('\n');

        // What comes after the last end of a line is not all of one.
        foreach (string line in lines[..^1].Select(line => line.TrimEnd('\r')))
        {
            if (line == End) isComplete = true;
            else if (After(line, ReleaseWord) is { } kernel) release = kernel;
            else if (After(line, FailureWord) is { } why) failure = why;
            else if (After(line, ProgramWord) is { } program && program.IndexOf(' ', StringComparison.Ordinal) is var space and > 0)
                results.Add(new GuestResult(program[(space + 1)..], program[..space] is Accepted ? null : program[..space], "", ""));
            else if (results.Count > 0 && After(line, JsonWord) is { } json) results[^1] = results[^1] with { Json = json };
            else if (results.Count > 0 && After(line, TextWord) is { } text)
                results[^1] = results[^1] with { Text = $"{results[^1].Text}{text}\n" };
        }

        // Where it broke off within a program.
        if (results is [.., { Json: "" }]) results.RemoveAt(results.Count - 1);
        return new GuestAnswer(release, results, failure, isComplete);
    }

    /// <summary>The line that an answer begins with.</summary>
    public static string Begin(string release) => $"{ReleaseWord}{release}\n";

    /// <summary>The lines of a program.</summary>
    public static string Of(Verification one)
    {
        ArgumentNullException.ThrowIfNull(one);
        using var json = new MemoryStream();
        StreamOutput.WriteJson(json, OutputForm.Json, writer => VerificationJson.Write(writer, one));
        using var text = new StringWriter();
        VerificationText.Write(text, one, withLog: false);
        string cause = one.Accepted ? Accepted : VerifierCauseInfo.Of(one.Diagnosis?.Cause ?? VerifierCause.Other).Name;
        var lines = new StringBuilder($"{ProgramWord}{cause} {SafeText.Escape(one.Program ?? "program")}\n");
        lines.Append(JsonWord).Append(Encoding.UTF8.GetString(json.ToArray()));
        foreach (string line in text.ToString().TrimEnd().Split('\n')) lines.Append(TextWord).Append(line).Append('\n');
        return lines.ToString();
    }

    /// <summary>The line of what failed.</summary>
    public static string Failed(string why) => $"{FailureWord}{SafeText.Escape(why)}\n";

    /// <summary>The line that an answer ends with.</summary>
    public static string Ended => $"{End}\n";

    private static string? After(string line, string word) => line.StartsWith(word, StringComparison.Ordinal) ? line[word.Length..] : null;
}
