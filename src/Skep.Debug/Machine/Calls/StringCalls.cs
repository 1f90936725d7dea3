using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine.Calls;

/// <summary>
/// The kernel functions for strings (<c>bpf_str*</c> of kernel/bpf/helpers.c). They read byte after byte, as far as they need, and give the
/// place where something was found.
/// </summary>
internal static class StringCalls
{
    // XATTR_SIZE_MAX of include/uapi/linux/limits.h
    private const int Longest = 1 << 16;

    // copy_from_kernel_nofault_allowed: below are the addresses of processes.
    private const ulong FirstOfKernel = 1UL << 47;

    // Of a function that returns an int, the upper half of the register is what its machine code leaves there: zeros.
    public static readonly (string, CallHandler)[] All =
    [
        ("bpf_strcmp", state => (uint)Compare(state, Longest, ignoresCase: false)),
        ("bpf_strcasecmp", state => (uint)Compare(state, Longest, ignoresCase: true)),
        ("bpf_strncasecmp", state => (uint)Compare(state, state.Argument(3), ignoresCase: true)),
        ("bpf_strchr", state => (uint)FindFirst(state, Longest, (byte)state.Argument(2))),
        ("bpf_strnchr", state => (uint)FindFirst(state, state.Argument(2), (byte)state.Argument(3))),
        ("bpf_strchrnul", state => (uint)FindOrEnd(state)),
        ("bpf_strrchr", state => (uint)FindLast(state)),
        ("bpf_strlen", state => (uint)Length(state, Longest)),
        ("bpf_strnlen", state => (uint)Length(state, state.Argument(2))),
        ("bpf_strspn", state => (uint)Span(state, isOfSet: true)),
        ("bpf_strcspn", state => (uint)Span(state, isOfSet: false)),
        ("bpf_strstr", state => (uint)FindText(state, Longest, ignoresCase: false)),
        ("bpf_strnstr", state => (uint)FindText(state, state.Argument(3), ignoresCase: false)),
        ("bpf_strcasestr", state => (uint)FindText(state, Longest, ignoresCase: true)),
        ("bpf_strncasestr", state => (uint)FindText(state, state.Argument(3), ignoresCase: true)),
    ];

    private static bool IsElsewhere(MachineState state, int register) => state.Argument(register) < FirstOfKernel;

    private static byte At(MachineState state, int register, long index) =>
        (byte)state.Memory.Load<byte>(state.Argument(register) + (ulong)index);

    private static byte At(MachineState state, int register, long index, bool ignoresCase) =>
        ignoresCase ? Lower(At(state, register, index)) : At(state, register, index);

    // tolower of include/linux/ctype.h, whose letters are those of Latin-1
    private static byte Lower(byte letter) =>
        letter is (>= (byte)'A' and <= (byte)'Z') or (>= 0xc0 and <= 0xde and not 0xd7) ? (byte)(letter + 0x20) : letter;

    private static long Compare(MachineState state, ulong most, bool ignoresCase)
    {
        if (IsElsewhere(state, 1) || IsElsewhere(state, 2)) return MapError.Range;
        for (int i = 0; i < Longest; i++)
        {
            if ((ulong)i >= most) return 0;
            byte one = At(state, 1, i, ignoresCase), other = At(state, 2, i, ignoresCase);
            if (one != other) return one < other ? -1 : 1;
            if (one == 0) return 0;
        }

        return MapError.TooBig;
    }

    // The NUL may be looked for too.
    private static long FindFirst(MachineState state, ulong count, byte wanted)
    {
        if (IsElsewhere(state, 1)) return MapError.Range;
        for (int i = 0; i < Longest; i++)
        {
            if ((ulong)i >= count) return MapError.NotFound;
            byte next = At(state, 1, i);
            if (next == wanted) return i;
            if (next == 0) return MapError.NotFound;
        }

        return MapError.TooBig;
    }

    private static long FindOrEnd(MachineState state)
    {
        byte wanted = (byte)state.Argument(2);
        if (IsElsewhere(state, 1)) return MapError.Range;
        for (int i = 0; i < Longest; i++)
            if (At(state, 1, i) is var next && (next == 0 || next == wanted)) return i;
        return MapError.TooBig;
    }

    // What is looked for is an int here.
    private static long FindLast(MachineState state)
    {
        uint wanted = state.Number(2);
        long last = MapError.NotFound;
        if (IsElsewhere(state, 1)) return MapError.Range;
        for (int i = 0; i < Longest; i++)
        {
            byte next = At(state, 1, i);
            if (next == wanted) last = i;
            if (next == 0) return last;
        }

        return MapError.TooBig;
    }

    private static long Length(MachineState state, ulong most)
    {
        if (IsElsewhere(state, 1)) return MapError.Range;
        for (int i = 0; i < Longest; i++)
            if ((ulong)i >= most || At(state, 1, i) == 0) return i;
        return MapError.TooBig;
    }

    private static long Span(MachineState state, bool isOfSet)
    {
        if (IsElsewhere(state, 1) || IsElsewhere(state, 2)) return MapError.Range;
        for (int i = 0; i < Longest; i++)
        {
            byte next = At(state, 1, i);
            if (next == 0) return i;
            if (IsAmong(state, next) is not { } isAmong) return MapError.TooBig;
            if (isAmong != isOfSet) return i;
        }

        return MapError.TooBig;
    }

    private static bool? IsAmong(MachineState state, byte letter)
    {
        for (int i = 0; i < Longest; i++)
        {
            byte next = At(state, 2, i);
            if (next == letter) return true;
            if (next == 0) return false;
        }

        return null;
    }

    private static long FindText(MachineState state, ulong length, bool ignoresCase)
    {
        if (IsElsewhere(state, 1) || IsElsewhere(state, 2)) return MapError.Range;
        for (int i = 0; i < Longest; i++)
        {
            int j = 0;
            for (; j < Longest && (ulong)(i + j) <= length; j++)
            {
                byte wanted = At(state, 2, j, ignoresCase);
                if (wanted == 0) return i;
                if ((ulong)(i + j) == length) return MapError.NotFound;
                byte next = At(state, 1, i + j, ignoresCase);
                if (next == 0) return MapError.NotFound;
                if (next != wanted) break;
            }

            if (j == Longest) return MapError.TooBig;
        }

        return MapError.TooBig;
    }
}
