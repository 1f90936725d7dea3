using System.Globalization;

namespace Skep.Maps.Dump;

/// <summary>bpftool's words for an entry of a map: <c>MAP key [hex] DATA</c>.</summary>
/// <param name="Map">The words that select the map.</param>
/// <param name="Key">The bytes of the key, as words; null when none is given.</param>
public sealed record MapKey(string[] Map, string[]? Key)
{
    public static MapKey Split(string[] words)
    {
        int at = Array.IndexOf(words, "key");
        return at < 0 ? new(words, null) : new(words[..at], words[(at + 1)..]);
    }

    /// <summary>Reads the key.</summary>
    /// <param name="size">How many bytes keys of the map have.</param>
    /// <param name="bytes">The key; null for a map without keys.</param>
    /// <param name="mistake">What is wrong with it; null when nothing is.</param>
    public bool TryRead(uint size, out byte[]? bytes, out string? mistake)
    {
        mistake = null;
        bytes = Key is null ? null : Parse(Key);
        if (Key is null ? size == 0 : bytes?.Length == size) return true;
        mistake = Key is not null && bytes is null
            ? "a key is given in bytes of 0 to 255 (key 10 0 0 0, key 0x0a 0 0 0, or key hex 0a 00 00 00)"
            : $"the map has keys of {size} bytes, and {bytes?.Length ?? 0} were given (give key and its bytes)";
        return false;
    }

    // As bpftool: strtoul's bases, or all hexadecimal.
    private static byte[]? Parse(string[] words)
    {
        bool hex = words is ["hex", ..];
        var bytes = new List<byte>();
        foreach (string word in hex ? words[1..] : words)
        {
            bool prefixed = word.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
            NumberStyles style = hex || prefixed ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
            if (!byte.TryParse(prefixed ? word[2..] : word, style, CultureInfo.InvariantCulture, out byte one)) return null;
            bytes.Add(one);
        }

        return [.. bytes];
    }
}
