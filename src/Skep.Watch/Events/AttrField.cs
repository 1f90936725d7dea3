namespace Skep.Watch.Events;

/// <summary>One attribute of <c>bpf(2)</c>.</summary>
/// <param name="Name">The kernel's name of it.</param>
/// <param name="Kind">How to show it.</param>
/// <param name="Number">Its value.</param>
/// <param name="Text">Its value, of a string.</param>
public readonly record struct AttrField(string Name, AttrKind Kind, ulong Number, string? Text = null)
{
    internal void WriteTo(IFieldWriter writer)
    {
        switch (Kind)
        {
            case AttrKind.Text:
                writer.Text(Name, Text);
                break;
            case AttrKind.Signed:
                writer.Number(Name, (int)Number);
                break;
            case AttrKind.Hex:
                writer.Text(Name, $"0x{Number:x}");
                break;
            default:
                writer.Unsigned(Name, Number);
                break;
        }
    }
}
