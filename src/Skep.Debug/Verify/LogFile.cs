using Skep.Linux.Errors;

namespace Skep.Debug.Verify;

/// <summary>
/// Logs of the verifier as tools leave them: a log alone, or what libbpf prints, with a log between two lines for each program that was
/// refused.
/// </summary>
public static class LogFile
{
    private const string Begin = "-- BEGIN PROG LOAD LOG --", End = "-- END PROG LOAD LOG --", Loader = "libbpf: ";

    /// <summary>What the logs say, one for each program.</summary>
    /// <exception cref="InvalidDataException">There is no log.</exception>
    public static IReadOnlyList<Verification> Read(string text, string path)
    {
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        var found = new List<Verification>();
        for (int i = 0; i < lines.Length; i++)
        {
            if (!lines[i].Contains(Begin, StringComparison.Ordinal)) continue;
            int end = Array.FindIndex(lines, i + 1, line => line.Contains(End, StringComparison.Ordinal));
            found.Add(Of(string.Join('\n', lines[(i + 1)..(end < 0 ? lines.Length : end)]), NameOf(lines[i])));
            if (end < 0) break;
            i = end;
        }

        if (found.Count == 0) found.AddRange(Split(lines.Select(WithoutLoader)).Select(log => Of(log, null)));

        // What is no log is quoted nowhere: it may be a file that another user put a link to.
        bool isOfLoader = Array.Exists(lines, line => line.StartsWith(Loader, StringComparison.Ordinal));
        return found.Exists(one => one.Counts is not null || one.Diagnosis is { Text.Length: > 0 }
            || (isOfLoader && one.Diagnosis is { Cause: not VerifierCause.Other }))
            ? found
            : throw new InvalidDataException($"reading {path}: it holds no log of the verifier (what BPF_PROG_LOAD wrote to log_buf)");
    }

    // Each ends by what the verifier counted; what comes behind the last of them is not its own.
    private static IEnumerable<string> Split(IEnumerable<string> lines)
    {
        var log = new List<string>();
        bool isAny = false;
        foreach (string line in lines)
        {
            log.Add(line);
            string text = line.TrimStart();
            if (!text.StartsWith("processed ", StringComparison.Ordinal) || !text.Contains(" insns", StringComparison.Ordinal)) continue;
            yield return string.Join('\n', log);
            log.Clear();
            isAny = true;
        }

        if (!isAny) yield return string.Join('\n', log);
    }

    private static Verification Of(string log, string? name)
    {
        VerifierLog read = VerifierLogReader.Read(log);
        if (read is { Counts: null, Messages.Count: 0, Last: not null })
            throw new InvalidDataException("reading a log of the verifier: it ends before the verdict (give the whole log)");

        // Of a line that is not known only a walk that came to its end is no refusal.
        bool accepted = read.Counts is not null && (read.Messages.Count == 0
            || (read.Last?.Text == "exit" && read.Messages.All(message => VerifierMessages.Find(message) is null)));
        return new Verification
        {
            Program = name,
            Accepted = accepted,
            Counts = read.Counts,
            Diagnosis = accepted ? null : LogDiagnoser.Diagnose(read, null),
            Log = log,
        };
    }

    // "libbpf: prog 'handle': -- BEGIN PROG LOAD LOG --"
    private static string? NameOf(string line)
    {
        int begin = line.IndexOf('\'', StringComparison.Ordinal), end = line.LastIndexOf('\'');
        return begin >= 0 && end > begin + 1 ? line[(begin + 1)..end] : null;
    }

    internal static string WithoutLoader(string line)
    {
        string rest = line.TrimStart();
        if (!rest.StartsWith(Loader, StringComparison.Ordinal)) return line;
        rest = rest[Loader.Length..];

        // "prog 'handle': relo #0: ..."
        int end = rest.IndexOf("': ", StringComparison.Ordinal);
        return rest.StartsWith("prog '", StringComparison.Ordinal) && end > 0 ? rest[(end + 3)..] : rest;
    }
}
