namespace Skep.Agent.Export.Fields;

/// <summary>A value of a field: text, a number, a flag, a list, or fields within it.</summary>
internal abstract record FieldValue
{
    /// <summary>Text.</summary>
    public sealed record OfText(string Value) : FieldValue;

    /// <summary>A whole number.</summary>
    public sealed record OfInteger(long Value) : FieldValue;

    /// <summary>Another number.</summary>
    public sealed record OfNumber(double Value) : FieldValue;

    /// <summary>true or false.</summary>
    public sealed record OfFlag(bool Value) : FieldValue;

    /// <summary>A list.</summary>
    public sealed record OfList(IReadOnlyList<FieldValue> Values) : FieldValue;

    /// <summary>Fields of an object that is in a list.</summary>
    public sealed record OfFields(IReadOnlyList<Field> Fields) : FieldValue;
}

/// <summary>A field.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value.</param>
internal readonly record struct Field(string Name, FieldValue Value);
