using System.Globalization;

namespace Skep.Debug.Verify;

/// <summary>What the verifier counts: the last lines of a log.</summary>
/// <param name="Processed">Instructions that it walked over, those of loops and branches each time.</param>
/// <param name="Limit">The most that it walks over.</param>
/// <param name="MaxStatesPerInsn">The most states that were kept for an instruction.</param>
/// <param name="TotalStates">States that were made.</param>
/// <param name="PeakStates">The most that were kept at a time.</param>
/// <param name="StackDepths">Bytes of stack of each function, in the order of the program; empty where that is not said.</param>
/// <param name="Microseconds">How long it took; 0 where that is not said.</param>
public sealed record VerifierCounts(
    long Processed, long Limit, long MaxStatesPerInsn, long TotalStates, long PeakStates, IReadOnlyList<int> StackDepths, long Microseconds)
{
    /// <summary>Reads one of the lines. False where it is another line.</summary>
    internal static bool TryRead(ReadOnlySpan<char> line, ref VerifierCounts? counts)
    {
        if (line.StartsWith("processed ", StringComparison.Ordinal) && line.Contains(" insns", StringComparison.Ordinal))
        {
            counts = (counts ?? Empty) with
            {
                Processed = After(line, "processed "),
                Limit = After(line, "(limit "),
                MaxStatesPerInsn = After(line, "max_states_per_insn "),
                TotalStates = After(line, "total_states "),
                PeakStates = After(line, "peak_states "),
            };
            return true;
        }

        // That one exceeds a limit is a message.
        if (line.StartsWith("stack depth ", StringComparison.Ordinal) && char.IsAsciiDigit(line["stack depth ".Length])
            && !line.Contains(" exceeds ", StringComparison.Ordinal))
        {
            // "stack depth 16+0+8 max 24"
            ReadOnlySpan<char> depths = line["stack depth ".Length..];
            int end = depths.IndexOf(' ');
            if (end >= 0) depths = depths[..end];
            var list = new List<int>();
            foreach (Range part in depths.Split('+'))
                if (int.TryParse(depths[part], NumberStyles.None, CultureInfo.InvariantCulture, out int depth)) list.Add(depth);
            counts = (counts ?? Empty) with { StackDepths = list };
            return true;
        }

        if (!line.StartsWith("verification time ", StringComparison.Ordinal)) return false;
        counts = (counts ?? Empty) with { Microseconds = After(line, "verification time ") };
        return true;
    }

    private static VerifierCounts Empty => new(0, 0, 0, 0, 0, [], 0);

    private static long After(ReadOnlySpan<char> line, string word)
    {
        int at = line.IndexOf(word, StringComparison.Ordinal);
        if (at < 0) return 0;
        ReadOnlySpan<char> rest = line[(at + word.Length)..];
        int end = rest.IndexOfAnyExceptInRange('0', '9');
        return long.TryParse(end < 0 ? rest : rest[..end], NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : 0;
    }
}
