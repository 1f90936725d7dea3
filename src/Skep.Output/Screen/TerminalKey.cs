namespace Skep.Output.Screen;

/// <summary>Keys that are not characters.</summary>
public enum KeyName
{
    /// <summary>None that is known.</summary>
    None,

    /// <summary>A printable character of ASCII.</summary>
    Character,

    /// <summary>Up.</summary>
    Up,

    /// <summary>Down.</summary>
    Down,

    /// <summary>Left.</summary>
    Left,

    /// <summary>Right.</summary>
    Right,

    /// <summary>Page up.</summary>
    PageUp,

    /// <summary>Page down.</summary>
    PageDown,

    /// <summary>Home.</summary>
    Home,

    /// <summary>End.</summary>
    End,

    /// <summary>Enter.</summary>
    Enter,

    /// <summary>Escape.</summary>
    Escape,

    /// <summary>Backspace.</summary>
    Backspace,

    /// <summary>Tab.</summary>
    Tab,

    /// <summary>Ctrl-C.</summary>
    Interrupt,

    /// <summary>F1.</summary>
    Help,

    /// <summary>F4.</summary>
    Filter,

    /// <summary>F6.</summary>
    Sort,

    /// <summary>F10.</summary>
    Quit,
}

/// <summary>A key.</summary>
/// <param name="Name">Which.</param>
/// <param name="Character">The character, for <see cref="KeyName.Character"/>.</param>
public readonly record struct TerminalKey(KeyName Name, char Character = '\0')
{
    // What xterm and the Linux console send (ctlseqs.txt, console_codes(4)).
    private static readonly (string Bytes, KeyName Name)[] Sequences =
    [
        ("[A", KeyName.Up), ("[B", KeyName.Down), ("[C", KeyName.Right), ("[D", KeyName.Left), ("OA", KeyName.Up), ("OB", KeyName.Down),
        ("OC", KeyName.Right), ("OD", KeyName.Left), ("[5~", KeyName.PageUp), ("[6~", KeyName.PageDown), ("[H", KeyName.Home),
        ("[F", KeyName.End),
        ("OH", KeyName.Home), ("OF", KeyName.End), ("[1~", KeyName.Home), ("[4~", KeyName.End), ("OP", KeyName.Help),
        ("[11~", KeyName.Help),
        ("[[A", KeyName.Help), ("OS", KeyName.Filter), ("[14~", KeyName.Filter), ("[[D", KeyName.Filter), ("[17~", KeyName.Sort),
        ("[21~", KeyName.Quit),
    ];

    /// <summary>Takes the next key off the bytes that a terminal sent.</summary>
    public static TerminalKey Next(ref ReadOnlySpan<byte> bytes)
    {
        byte first = bytes[0];
        bytes = bytes[1..];
        if (first == 0x1b) return AfterEscape(ref bytes);
        return first switch
        {
            (byte)'\r' or (byte)'\n' => new TerminalKey(KeyName.Enter),
            0x7f or 8 => new TerminalKey(KeyName.Backspace),
            (byte)'\t' => new TerminalKey(KeyName.Tab),
            3 => new TerminalKey(KeyName.Interrupt),
            >= 0x20 and < 0x7f => new TerminalKey(KeyName.Character, (char)first),
            _ => default,
        };
    }

    private static TerminalKey AfterEscape(ref ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || bytes[0] is not ((byte)'[' or (byte)'O')) return new TerminalKey(KeyName.Escape);
        foreach ((string sequence, KeyName name) in Sequences)
        {
            if (bytes.Length < sequence.Length || !Equal(bytes, sequence)) continue;
            bytes = bytes[sequence.Length..];
            return new TerminalKey(name);
        }

        // A sequence that is not known ends with a letter or a tilde (ECMA-48, 5.4).
        int end = 1;
        while (end < bytes.Length && bytes[end] is < 0x40 or > 0x7e) end++;
        bytes = bytes[Math.Min(end + 1, bytes.Length)..];
        return default;
    }

    private static bool Equal(ReadOnlySpan<byte> bytes, string text)
    {
        for (int i = 0; i < text.Length; i++)
            if (bytes[i] != text[i]) return false;
        return true;
    }
}
