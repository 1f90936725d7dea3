namespace Skep.Maps.Typed;

/// <summary>What the bytes of a field are.</summary>
public enum FieldForm
{
    /// <summary>A number without a sign, or something that is not known.</summary>
    Number,

    /// <summary>A number with a sign.</summary>
    Signed,

    /// <summary>Characters.</summary>
    Text,
}
