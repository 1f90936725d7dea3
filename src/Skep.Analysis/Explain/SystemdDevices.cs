using System.Globalization;
using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Analysis.Explain;

/// <summary>Decodes the device filters that systemd makes (src/core/bpf-devices.c): a chain of entries, each with what it allows.</summary>
internal static class SystemdDevices
{
    // include/uapi/linux/bpf.h: BPF_DEVCG_ACC_*, BPF_DEVCG_DEV_*
    private const int Mknod = 1, Read = 2, Write = 4, Block = 1, Character = 2;
    private const int NoMode = -1;

    private static readonly Register Access = Register.R1, Kind = Register.R2, Wanted = Register.R3, Major = Register.R4,
        Minor = Register.R5;

    /// <summary>The directives; null when the code is not made like that.</summary>
    public static List<UnitDirective>? Decode(ProgramCode code)
    {
        DecodedInstruction[] items = SystemdDecoder.Items(code);

        // Two instructions that anyone may write: the name that systemd gives is needed as well.
        if (DenyAll(items) && code.Name == "sd_devices") return [new UnitDirective("DevicePolicy=", ["strict"], [items[0].Index])];

        // r2 = access & 0xffff; r3 = access >> 16; r4 = major; r5 = minor
        if (items.Length < 8 || !IsPrologue(items)) return null;
        int at = items.AsSpan().IndexOfFirstEntry();
        if (at < 0) return null;
        var values = new List<string>();
        var slots = new List<int>();
        while (at < items.Length && Entry(items, ref at) is { } entry)
        {
            values.Add(entry.Text);
            slots.Add(entry.Slot);
        }

        // What remains denies: r0 = 0, or nothing when the verifier has dropped what cannot be reached.
        bool ends = at < items.Length && items[at] is { Kind: OperationKind.Move, Dst: Register.R0, UsesSourceRegister: false, Imm: 0 };
        return values.Count > 0 && ends ? [new UnitDirective("DeviceAllow=", values, slots)] : null;
    }

    private static bool DenyAll(DecodedInstruction[] items) =>
        items is [{ Kind: OperationKind.Move, Dst: Register.R0, UsesSourceRegister: false, Imm: 0 }, { Kind: OperationKind.Exit }];

    private static bool IsPrologue(DecodedInstruction[] items) =>
        items[0] is { Kind: OperationKind.Load, Src: Register.R1, Offset: 0 } && items[0].Dst == Kind
        && items.Take(10).Any(item => item.Kind == OperationKind.Load && item.Dst == Major && item is { Src: Register.R1, Offset: 4 })
        && items.Take(10).Any(item => item.Kind == OperationKind.Load && item.Dst == Minor && item is { Src: Register.R1, Offset: 8 });

    private static int IndexOfFirstEntry(this Span<DecodedInstruction> items)
    {
        for (int i = 0; i < items.Length; i++)
            if (items[i].Kind == OperationKind.Load && items[i].Dst == Minor) return i + 1;
        return -1;
    }

    private static bool Allows(DecodedInstruction[] items, long slot) =>
        Array.Exists(items,
            item => item.Index == slot && item is { Kind: OperationKind.Move, Dst: Register.R0, UsesSourceRegister: false, Imm: 1 });

    // [w1 = w3; w1 &= access; if r1 != r3 next;] if r2 != type next; [if r4 != major next; [if r5 != minor next;]] goto allow
    private static (string Text, int Slot)? Entry(DecodedInstruction[] items, ref int at)
    {
        int start = at, i = at, access = Mknod | Read | Write;
        if (i + 2 < items.Length && items[i] is { Kind: OperationKind.Move, UsesSourceRegister: true } move && move.Dst == Access
            && move.Src == Wanted)
        {
            if (items[i + 1] is not { Kind: OperationKind.Arithmetic, AluOp: AluOp.And, UsesSourceRegister: false } mask
                || mask.Dst != Access) return null;
            access = mask.Imm;
            i += 2;

            // The verifier's dump of 32-bit arithmetic may clear the upper half by a move.
            if (i < items.Length && items[i] is { Kind: OperationKind.Move, UsesSourceRegister: true } clear && clear.Dst == Access
                && clear.Src == Access) i++;
            if (i >= items.Length
                || items[i] is not { Kind: OperationKind.JumpConditional, Condition: Condition.NotEqual, UsesSourceRegister: true } differs
                || differs.Dst != Access || differs.Src != Wanted) return null;
            i++;
        }

        int kind = NoMode;
        long major = NoMode, minor = NoMode;
        for (; i < items.Length
            && items[i] is { Kind: OperationKind.JumpConditional, Condition: Condition.NotEqual, UsesSourceRegister: false } test; i++)
        {
            if (test.Dst == Kind) kind = test.Imm;
            else if (test.Dst == Major) major = (uint)test.Imm;
            else if (test.Dst == Minor) minor = (uint)test.Imm;
            else return null;
        }

        if (i >= items.Length || kind is not (Block or Character) || items[i].Kind != OperationKind.Jump
            || !Allows(items, items[i].Target())) return null;
        at = i + 1;
        string modes = $"{((access & Read) != 0 ? "r" : "")}{((access & Write) != 0 ? "w" : "")}{((access & Mknod) != 0 ? "m" : "")}";
        string device = string.Create(CultureInfo.InvariantCulture, $"{(major < 0 ? "*" : major)}:{(minor < 0 ? "*" : minor)}");
        return ($"{(kind == Character ? "char" : "block")} {device} {modes}", items[start].Index);
    }
}
