namespace Skep.Inventory.Objects;

/// <summary>A kind of object that <see cref="ObjectSelector"/> selects.</summary>
/// <param name="Noun">What one is called in messages.</param>
/// <param name="Plural">What several are called.</param>
/// <param name="Keys">By what they are selected.</param>
public sealed record SelectableKind(string Noun, string Plural, params IReadOnlyList<SelectorKey> Keys)
{
    /// <summary>The forms of a selector, for help: <c>id N | name NAME | N</c>.</summary>
    public string Usage => string.Join(" | ", [.. Keys.Select(Form), "N"]);

    /// <summary>Whether objects of this kind are selected by a key.</summary>
    public bool Has(SelectorKey key) => Keys.Contains(key);

    /// <summary>The forms of a selector, for messages: <c>id N, name NAME, or a bare id</c>.</summary>
    /// <param name="alternative">What may be given besides; null for nothing.</param>
    public string Forms(string? alternative = null) =>
        string.Join(", ", [.. Keys.Select(Form), alternative is null ? "or a bare id" : $"a bare id, or {alternative}"]);

    private static string Form(SelectorKey key) => key switch
    {
        SelectorKey.Id => "id N",
        SelectorKey.Name => "name NAME",
        SelectorKey.Tag => "tag TAG",
        _ => "pinned PATH",
    };
}
