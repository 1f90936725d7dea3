using System.Globalization;

namespace Skep.Debug.Dap;

/// <summary>
/// Memory references: instructions have addresses of their own, 8 bytes for a slot; all others are the machine's. Clients count back from
/// an instruction, so there is room before the first.
/// </summary>
internal static class CodeAddress
{
    // A program has at most a million instructions.
    private const ulong First = 0x1_0000_0000, Distance = 1 << 24;
    private const int SlotSize = 8;

    public static ulong Of(long slot, int program = 0) => unchecked(First + ((ulong)program * Distance) + (ulong)(slot * SlotSize));

    public static string Text(ulong address) => $"0x{address:x}";

    /// <summary>The slot of an address; false for one that is none of a program of so many.</summary>
    public static bool TrySlot(ulong address, int slots, out int slot, int program = 0)
    {
        ulong distance = unchecked(address - Of(0, program));
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
