using Skep.Filter.Model;
using Skep.Isa;

namespace Skep.Filter.Compile;

/// <summary>Emits reads of field values from where the walk has put them.</summary>
internal sealed class FieldAccess(Assembler code, Slots slots)
{
    /// <summary>Loads a field of at most 64 bits as a number.</summary>
    internal void Load(Register into, Field field)
    {
        switch (FieldInfo.Of(field).Source)
        {
            case FieldSource.Length:
                code.Load(MemorySize.Word, into, Register.R10, Slots.Length + 4);
                break;
            case FieldSource.Protocol:
                code.Load(MemorySize.Word, into, Register.R10, Slots.Protocol + 4);
                break;
            case FieldSource.Fragment:
                code.Mov(into, Registers.Presence).Rsh(into, Presence.FragmentShift).And(into, 3);
                break;
            case FieldSource.Version:
                // NFPROTO_IPV4 is 2 and NFPROTO_IPV6 is 10: the bit of IPv6 moved to bit 3, and 2.
                code.Mov(into, Registers.Presence).And(into, Presence.Ip6).Or(into, 2);
                break;
            case FieldSource.Context:
                code.Load(MemorySize.Word, into, Registers.Context, (short)FieldInfo.Of(field).Offset);
                break;
            default:
                if (Slots.IsWord(field)) code.Load(MemorySize.Word, into, Register.R10, (short)(slots.Of(field) + 4));
                else code.Load(MemorySize.Double, into, Register.R10, slots.Of(field));
                break;
        }
    }

    /// <summary>Loads one half of a field of 128 bits.</summary>
    internal void LoadHalf(Register into, Field field, bool isLow) =>
        code.Load(MemorySize.Double, into, Register.R10, (short)(slots.Of(field) + (isLow ? 8 : 0)));

    /// <summary>Notes a value that a rule has written, for the rules behind it.</summary>
    internal void Note(Field field, UInt128 value)
    {
        if (!slots.TryFind(field, out var slot)) return;
        if (Slots.IsWord(field))
        {
            code.Store(MemorySize.Word, Register.R10, (short)(slot + 4), (int)(uint)(ulong)value);
            return;
        }
        for (var shift = Slots.IsWide(field) ? 64 : 0; shift >= 0; shift -= 64, slot += 8)
        {
            code.Store(MemorySize.Word, Register.R10, slot, (int)(uint)(ulong)(value >> shift))
                .Store(MemorySize.Word, Register.R10, (short)(slot + 4), (int)(uint)(ulong)(value >> (shift + 32)));
        }
    }

    /// <summary>Writes fields side by side into the key, 8 or 16 bytes each.</summary>
    /// <returns>The key's bytes.</returns>
    internal int MakeKey(IEnumerable<Field> fields)
    {
        short at = Slots.Key;
        foreach (var field in fields)
        {
            if (Slots.IsWide(field))
            {
                LoadHalf(Register.R0, field, isLow: false);
                code.Store(MemorySize.Double, Register.R10, at, Register.R0);
                at += 8;
                LoadHalf(Register.R0, field, isLow: true);
            }
            else
            {
                Load(Register.R0, field);
            }
            code.Store(MemorySize.Double, Register.R10, at, Register.R0);
            at += 8;
        }
        return at - Slots.Key;
    }
}
