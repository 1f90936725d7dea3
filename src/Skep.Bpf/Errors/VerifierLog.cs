namespace Skep.Bpf;

/// <summary>What the verifier's log says, in short.</summary>
internal static class VerifierLog
{
    private const int SummaryLines = 4;

    /// <summary>
    /// The last lines that carry a reason: without the statistics that the verifier ends with, and without libbpf's frame.
    /// </summary>
    internal static string Summary(string log)
    {
        var kept = new List<string>(SummaryLines);
        string[] lines = log.Split('\n');
        string[] body = Body(lines);
        for (int i = body.Length - 1; i >= 0 && kept.Count < SummaryLines; i--)
        {
            string line = body[i].TrimEnd();
            if (line.Length == 0 || IsStatistic(line)) continue;
            kept.Add(line);
        }

        kept.Reverse();
        return string.Join('\n', kept);
    }

    // libbpf frames the verifier's log by these two lines (libbpf.c, bpf_object_load_prog).
    private static string[] Body(string[] lines)
    {
        int begin = Array.FindLastIndex(lines, l => l.EndsWith("-- BEGIN PROG LOAD LOG --", StringComparison.Ordinal));
        if (begin < 0) return lines;
        int end = Array.FindIndex(lines, begin, l => l.StartsWith("-- END PROG LOAD LOG --", StringComparison.Ordinal));
        string[] framed = end < 0 ? lines[(begin + 1)..] : lines[(begin + 1)..end];
        return Array.Exists(framed, l => l.Trim().Length != 0 && !IsStatistic(l)) ? framed : lines;
    }

    private static bool IsStatistic(string line) =>
        line.StartsWith("processed ", StringComparison.Ordinal) ||
        line.StartsWith("verification time ", StringComparison.Ordinal) ||
        line.StartsWith("stack depth ", StringComparison.Ordinal);
}
