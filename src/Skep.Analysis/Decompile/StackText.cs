using System.Buffers.Binary;
using Skep.Analysis.Decompile.Lift;

namespace Skep.Analysis.Decompile;

/// <summary>Finds text that is written into the frame as numbers: the comment stands after the last of the stores.</summary>
internal sealed class StackText
{
    private const int ShortestText = 4;

    /// <summary>The comment for the statement at an index; empty for none.</summary>
    public string CommentAfter(IReadOnlyList<Statement> statements, int index)
    {
        if (!IsConstant(statements[index]) || (index + 1 < statements.Count && IsConstant(statements[index + 1]))) return "";
        int first = index;
        while (first > 0 && IsConstant(statements[first - 1])) first--;
        var bytes = new SortedDictionary<long, byte>();
        Span<byte> value = stackalloc byte[sizeof(ulong)];
        for (int i = first; i <= index; i++)
        {
            var store = (Store)statements[i];
            long at = ((FrameAddress)store.Address).Offset + store.Offset;
            BinaryPrimitives.WriteUInt64LittleEndian(value, ((Number)store.Value).Value);
            for (int b = 0; b < store.Bytes; b++) bytes[at + b] = value[b];
        }

        return Longest(bytes) is { } text ? $"  // {text}" : "";
    }

    private static bool IsConstant(Statement statement) => statement is Store { Address: FrameAddress, Value: Number };

    private static string? Longest(SortedDictionary<long, byte> bytes)
    {
        var run = new List<byte>();
        string? found = null;
        long before = long.MinValue;
        foreach ((long at, byte value) in bytes)
        {
            if (at != before + 1 || value == 0) Take();
            if (value != 0) run.Add(value);
            before = at;
        }

        Take();
        return found;

        void Take()
        {
            if (run.Count >= ShortestText && CString.Of([.. run], CString.LongestComment) is { } text && text.Length > (found?.Length ?? 0))
                found = text;
            run.Clear();
        }
    }
}
