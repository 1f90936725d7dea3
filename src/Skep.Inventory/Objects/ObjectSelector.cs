using System.Globalization;

namespace Skep.Inventory.Objects;

/// <summary>By what objects are selected.</summary>
public enum SelectorKey
{
    Id,
    Name,
    Tag,
    Pinned,
}

/// <summary>
/// bpftool's grammar for objects: <c>id N</c>, <c>name NAME</c>, <c>tag TAG</c>, <c>pinned PATH</c>, or a bare id. Which of them a kind of
/// object has, <see cref="SelectableKind"/> says.
/// </summary>
/// <param name="Key">By what.</param>
/// <param name="Value">The word that follows.</param>
/// <param name="Id">The id, where it is one.</param>
public readonly record struct ObjectSelector(SelectorKey Key, string Value, uint Id = 0)
{
    private static readonly string[] s_keys = ["id", "name", "tag", "pinned"];

    /// <summary>The word for a key.</summary>
    public static string WordOf(SelectorKey key) => s_keys[(int)key];

    /// <summary>Whether a word is a key, which takes the word after it.</summary>
    public static bool IsKey(string word) => s_keys.AsSpan().Contains(word);

    /// <summary>Whether a word is a bare id.</summary>
    public static bool IsId(string word) => TryId(word, out _);

    /// <summary>How many words a selector takes that begins at a place among others.</summary>
    public static int WordsAt(IReadOnlyList<string> words, int at) => at + 1 < words.Count && IsKey(words[at]) ? 2 : 1;

    /// <summary>Reads a selector.</summary>
    /// <param name="words">Its words.</param>
    /// <param name="kind">The kind of object.</param>
    /// <param name="selector">The selector.</param>
    /// <param name="mistake">What is wrong with the words; null when nothing is.</param>
    /// <param name="alternative">What the words may be besides, for messages: <c>a file</c>.</param>
    public static bool TryParse(
        IReadOnlyList<string> words, SelectableKind kind, out ObjectSelector selector, out string? mistake, string? alternative = null)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(kind);
        selector = default;
        mistake = null;
        switch (words)
        {
            case [string number] when TryId(number, out uint bare):
                selector = new(SelectorKey.Id, number, bare);
                return true;
            case [string word] when IsKey(word):
                mistake = $"'{word}' wants what follows it (give {kind.Forms(alternative)})";
                return false;
            case ["id", string number]:
                if (TryId(number, out uint id)) selector = new(SelectorKey.Id, number, id);
                else mistake = $"'{number}' is not a {kind.Noun} id (give a number: id 5)";
                return mistake is null;
            case [string word, string value] when IsKey(word):
                selector = new((SelectorKey)Array.IndexOf(s_keys, word), value);
                if (!kind.Has(selector.Key)) mistake = $"a {kind.Noun} cannot be selected by {word} (give {kind.Forms(alternative)})";
                return mistake is null;
            default:
                mistake = $"'{string.Join(' ', words)}' names no {kind.Noun} (give {kind.Forms(alternative)})";
                return false;
        }
    }

    private static bool TryId(string text, out uint id) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id);
}
