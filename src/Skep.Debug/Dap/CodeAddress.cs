using System.Globalization;

namespace Skep.Debug.Dap;

/// <summary>
/// Memory references: instructions have addresses of their own, 8 bytes for a slot; all others are the machine's. Clients count back from
/// an instruction, so there is room before the first.
/// </summary>
internal static class CodeAddress
{
    private const ulong First = 0x1_0000_0000;
    private const int SlotSize = 8;

    public static ulong Of(long slot) => unchecked(First + (ulong)(slot * SlotSize));

    public static string Text(ulong address) => $"0x{address:x}";

    /// <summary>The slot of an address; false for one that is none of an instruction of <paramref name="slots"/>.</summary>
    public static bool TrySlot(ulong address, int slots, out int slot)
    {
        ulong distance = unchecked(address - First);
        bool isSlot = distance % SlotSize == 0 && distance / SlotSize < (ulong)slots;
        slot = isSlot ? (int)(distance / SlotSize) : -1;
        return isSlot;
    }

    /// <summary>Reads an address, decimal or hexadecimal.</summary>
    public static bool TryParse(string? text, out ulong address)
    {
        address = 0;
        return text is not null && (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out address)
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out address));
    }
}
