namespace Skep.Debug.Verify;

/// <summary>The cause that a message of the kernel stands for.</summary>
internal static class VerifierMessages
{
    private static readonly MessagePattern[] s_all = [.. MemoryMessages.All, .. CallMessages.All, .. ProgramMessages.All];

    /// <summary>The pattern of a message; null for one that is not known.</summary>
    public static MessagePattern? Find(ReadOnlySpan<char> message)
    {
        message = message.Trim();
        foreach (MessagePattern pattern in s_all)
            if (pattern.Matches(message)) return pattern;
        return null;
    }

    /// <summary>Of several lines that were said together, the one that says most, and its pattern.</summary>
    public static (string Line, MessagePattern? Pattern) Choose(IReadOnlyList<string> lines)
    {
        (string Line, MessagePattern? Pattern) best = ("", null);
        foreach (string line in lines)
        {
            MessagePattern? pattern = Find(line);
            if (Worth(pattern) > Worth(best.Pattern) || best.Line.Length == 0) best = (line, pattern);
        }

        return best;
    }

    // A cause that needs no more; one that depends on a register; a general one; none.
    private static int Worth(MessagePattern? pattern) => pattern switch
    {
        null => 0,
        { IsGeneral: true } => 1,
        { Cause: null } => 2,
        _ => 3,
    };
}
