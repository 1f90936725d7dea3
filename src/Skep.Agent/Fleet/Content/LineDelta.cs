using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text;

namespace Skep.Agent.Fleet.Content;

/// <summary>
/// What is to be changed of a content to have another: lines <c>=N</c> (the next N lines of the first stay), <c>-N</c> (they go) and
/// <c>+TEXT</c> (a line of the other). The last line of the other has an end where the first byte of the difference is <c>1</c>.
/// </summary>
public static class LineDelta
{
    /// <summary>Makes one.</summary>
    public static byte[] Make(ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> to)
    {
        List<Range> old = Lines(from.Span), now = Lines(to.Span);
        int[] kept = Kept(from.Span, old, to.Span, now);
        var delta = new MemoryStream();
        delta.WriteByte(to.Span is [.., (byte)'\n'] ? (byte)'1' : (byte)'0');
        delta.WriteByte((byte)'\n');
        int at = 0, run = 0;
        for (int i = 0; i <= now.Count; i++)
        {
            int place = i < now.Count ? kept[i] : -1;
            if (place >= 0 && place == at)
            {
                run++;
                at++;
                continue;
            }

            Write(delta, '=', ref run);
            if (i == now.Count) break;
            if (place < 0)
            {
                delta.WriteByte((byte)'+');
                delta.Write(to.Span[now[i]]);
                delta.WriteByte((byte)'\n');
                continue;
            }

            int gone = place - at;
            Write(delta, '-', ref gone);
            at = place + 1;
            run = 1;
        }

        return delta.ToArray();
    }

    /// <summary>Applies one.</summary>
    /// <exception cref="InvalidDataException">It is none, or not of this content.</exception>
    public static byte[] Apply(ReadOnlySpan<byte> from, ReadOnlySpan<byte> delta, long size)
    {
        var to = new MemoryStream(checked((int)size));
        int at = 0;
        bool isFirst = true, ends = true;
        foreach (Range range in delta.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = delta[range];
            if (line.IsEmpty) continue;
            if (isFirst)
            {
                (isFirst, ends) = (false, line[0] == '1');
                continue;
            }

            if (line[0] == '+')
            {
                to.Write(line[1..]);
                to.WriteByte((byte)'\n');
            }
            else
            {
                if (!Utf8Parser.TryParse(line[1..], out int count, out int used) || used != line.Length - 1 || count < 0) throw Damaged();
                int end = After(from, at, count);
                if (line[0] == '=')
                {
                    to.Write(from[at..end]);
                    if (end == from.Length && end > at && from[^1] != '\n') to.WriteByte((byte)'\n');
                }

                at = end;
            }

            if (to.Length > size + 1) throw Damaged();
        }

        if (!ends && to.Length > 0) to.SetLength(to.Length - 1);
        return to.ToArray();
    }

    /// <summary>The lines that go and that come, in the order of the contents.</summary>
    public static IReadOnlyList<(bool IsAdded, string Line)> Changes(ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> to)
    {
        List<Range> old = Lines(from.Span), now = Lines(to.Span);
        int[] kept = Kept(from.Span, old, to.Span, now);
        List<(bool, string)> changes = [], come = [];
        int at = 0;
        for (int i = 0; i <= now.Count; i++)
        {
            int place = i == now.Count ? old.Count : kept[i];
            if (place < 0)
            {
                come.Add((true, Encoding.UTF8.GetString(to.Span[now[i]])));
                continue;
            }

            for (; at < place; at++) changes.Add((false, Encoding.UTF8.GetString(from.Span[old[at]])));
            changes.AddRange(come);
            come.Clear();
            at = place + 1;
        }

        return changes;
    }

    private static InvalidDataException Damaged() => new("the difference of two contents is damaged, or of others");

    private static int After(ReadOnlySpan<byte> text, int at, int lines)
    {
        for (; lines > 0; lines--)
        {
            if (at >= text.Length) throw Damaged();
            int end = text[at..].IndexOf((byte)'\n');
            at = end < 0 ? text.Length : at + end + 1;
        }

        return at;
    }

    private static void Write(MemoryStream delta, char what, ref int count)
    {
        if (count > 0) delta.Write(Encoding.ASCII.GetBytes($"{what}{count}\n"));
        count = 0;
    }

    private static List<Range> Lines(ReadOnlySpan<byte> text)
    {
        var lines = new List<Range>();
        for (int at = 0; at < text.Length;)
        {
            int length = text[at..].IndexOf((byte)'\n');
            int end = length < 0 ? text.Length : at + length;
            lines.Add(at..end);
            at = end + 1;
        }

        return lines;
    }

    // For each line of the new text the line of the old one that it is, or -1: the most that stay in order, among lines that the old text
    // has once (https://bramcohen.livejournal.com/73318.html), and those around them.
    private static int[] Kept(ReadOnlySpan<byte> from, List<Range> old, ReadOnlySpan<byte> to, List<Range> now)
    {
        var places = new Dictionary<UInt128, int>(old.Count);
        for (int i = 0; i < old.Count; i++)
        {
            ref int place = ref CollectionsMarshal.GetValueRefOrAddDefault(places, Key(from[old[i]]), out bool isThere);
            place = isThere ? -1 : i;
        }

        int[] found = new int[now.Count];
        for (int i = 0; i < now.Count; i++) found[i] = places.GetValueOrDefault(Key(to[now[i]]), -1);
        int[] kept = LongestRise(found);
        int free = 0;
        for (int i = 0; i < now.Count; i++)
        {
            if (kept[i] < 0 && free < old.Count && IsFree(i) && to[now[i]].SequenceEqual(from[old[free]])) kept[i] = free;
            if (kept[i] >= 0) free = kept[i] + 1;
        }

        return kept;

        bool IsFree(int i)
        {
            for (int next = i + 1; next < kept.Length && next <= i + 64; next++)
                if (kept[next] >= 0) return kept[next] > free;
            return i + 64 >= kept.Length;
        }
    }

    private static int[] LongestRise(int[] values)
    {
        var ends = new List<int>();
        int[] before = new int[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            before[i] = -1;
            if (values[i] < 0) continue;
            int low = 0, high = ends.Count;
            while (low < high)
            {
                int middle = (low + high) / 2;
                if (values[ends[middle]] < values[i]) low = middle + 1;
                else high = middle;
            }

            if (low > 0) before[i] = ends[low - 1];
            if (low == ends.Count) ends.Add(i);
            else ends[low] = i;
        }

        int[] kept = new int[values.Length];
        Array.Fill(kept, -1);
        for (int at = ends.Count > 0 ? ends[^1] : -1; at >= 0; at = before[at]) kept[at] = values[at];
        return kept;
    }

    // Lines that are equal by it and not by their bytes make a result of another hash, which is refused.
    private static UInt128 Key(ReadOnlySpan<byte> line)
    {
        ulong low = 14695981039346656037, high = 0x9e3779b97f4a7c15;
        foreach (byte one in line)
        {
            low = (low ^ one) * 1099511628211;
            high = ulong.RotateLeft(high ^ one, 27) * 0x9fb21c651e98df25;
        }

        return new(high ^ (ulong)line.Length, low);
    }
}
