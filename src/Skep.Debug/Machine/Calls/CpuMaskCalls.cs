using System.Numerics;
using System.Runtime.InteropServices;
using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.Owned;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine.Calls;

/// <summary>
/// Masks of CPUs (kernel/bpf/cpumask.c, include/linux/bitmap.h), of as many as the kernel may have: it has none behind the last one to look
/// at, though some operations set bits there.
/// </summary>
internal static class CpuMaskCalls
{
    private const int BitsOfWord = 64;

    // Of a function that returns less than 64 bits, the rest of the register is zeros.
    public static readonly (string, CallHandler)[] All =
    [
        ("bpf_cpumask_create", Create),
        ("bpf_cpumask_acquire", Acquire),
        ("bpf_cpumask_release", Release),
        ("bpf_cpumask_first", state => First(state, Bits(state, 1), flip: 0)),
        ("bpf_cpumask_first_zero", state => First(state, Bits(state, 1), flip: ulong.MaxValue)),
        ("bpf_cpumask_first_and", state => First(state, Both(state), flip: 0)),
        ("bpf_cpumask_set_cpu", state => Change(state, isSet: true)),
        ("bpf_cpumask_clear_cpu", state => Change(state, isSet: false)),
        ("bpf_cpumask_test_cpu", state => Test(state)),
        ("bpf_cpumask_test_and_set_cpu", state => Test(state) | Change(state, isSet: true)),
        ("bpf_cpumask_test_and_clear_cpu", state => Test(state) | Change(state, isSet: false)),
        ("bpf_cpumask_setall", state => Fill(state, ulong.MaxValue)),
        ("bpf_cpumask_clear", state => Fill(state, 0)),
        ("bpf_cpumask_and", And),
        ("bpf_cpumask_or", state => Combine(state, static (left, right) => left | right)),
        ("bpf_cpumask_xor", state => Combine(state, static (left, right) => left ^ right)),
        ("bpf_cpumask_equal", state => IsEmpty(state, static (left, right) => left ^ right)),
        ("bpf_cpumask_intersects", state => 1 - IsEmpty(state, static (left, right) => left & right)),
        ("bpf_cpumask_subset", state => IsEmpty(state, static (left, right) => left & ~right)),
        ("bpf_cpumask_empty", state => First(state, Bits(state, 1), flip: 0) == Cpus(state) ? 1UL : 0),
        ("bpf_cpumask_full", state => First(state, Bits(state, 1), flip: ulong.MaxValue) == Cpus(state) ? 1UL : 0),
        ("bpf_cpumask_copy", Copy),
        ("bpf_cpumask_any_distribute", state => Any(state, Bits(state, 1))),
        ("bpf_cpumask_any_and_distribute", state => Any(state, Both(state))),
        ("bpf_cpumask_weight", state => Weight(state, Bits(state, 1))),
        ("bpf_cpumask_populate", state => (uint)Populate(state)),
    ];

    private static ulong Create(MachineState state)
    {
        state.OpenObjects++;
        return AddressSpace.AddressOf(OwnedCpuMask.Create(state.Memory, (int)Cpus(state)), 0);
    }

    private static ulong Acquire(MachineState state)
    {
        Mask(state, 1).Acquire();
        state.OpenObjects++;
        return state.Argument(1);
    }

    private static ulong Release(MachineState state)
    {
        Mask(state, 1).Release();
        state.OpenObjects--;
        return 0;
    }

    private static ulong First(MachineState state, ReadOnlySpan<ulong> bits, ulong flip)
    {
        for (int word = 0; word < bits.Length; word++)
            if ((bits[word] ^ flip) is not 0 and var left)
                return Math.Min(Cpus(state), (uint)((word * BitsOfWord) + BitOperations.TrailingZeroCount(left)));
        return Cpus(state);
    }

    // A CPU that there cannot be changes nothing, and is in no mask.
    private static ulong Change(MachineState state, bool isSet)
    {
        uint cpu = state.Number(1);
        OwnedCpuMask mask = Mask(state, 2);
        if (cpu >= Cpus(state)) return 0;
        ulong bit = 1UL << (int)(cpu % BitsOfWord);
        ref ulong word = ref mask.Words[(int)cpu / BitsOfWord];
        word = isSet ? word | bit : word & ~bit;
        return 0;
    }

    private static ulong Test(MachineState state)
    {
        uint cpu = state.Number(1);
        ReadOnlySpan<ulong> bits = Bits(state, 2);
        return cpu < Cpus(state) ? bits[(int)cpu / BitsOfWord] >> (int)(cpu % BitsOfWord) & 1 : 0;
    }

    private static ulong Fill(MachineState state, ulong value)
    {
        Mask(state, 1).Words.Fill(value);
        return 0;
    }

    // bitmap_and clears the bits behind the last; bitmap_or and bitmap_xor do not.
    private static ulong And(MachineState state)
    {
        Combine(state, static (left, right) => left & right);
        Span<ulong> words = Mask(state, 1).Words;
        words[^1] &= Last(state);
        return words.ContainsAnyExcept(0UL) ? 1UL : 0;
    }

    private static ulong Combine(MachineState state, Func<ulong, ulong, ulong> combine)
    {
        Span<ulong> target = Mask(state, 1).Words;
        ReadOnlySpan<ulong> left = Bits(state, 2), right = Bits(state, 3);
        for (int i = 0; i < target.Length; i++) target[i] = combine(left[i], right[i]);
        return 0;
    }

    private static ulong IsEmpty(MachineState state, Func<ulong, ulong, ulong> combine)
    {
        ReadOnlySpan<ulong> left = Bits(state, 1), right = Bits(state, 2);
        for (int i = 0; i < left.Length; i++)
            if ((combine(left[i], right[i]) & (i == left.Length - 1 ? Last(state) : ulong.MaxValue)) != 0) return 0;
        return 1;
    }

    private static ulong Copy(MachineState state)
    {
        Bits(state, 2).CopyTo(Mask(state, 1).Words);
        return 0;
    }

    // The kernel goes on behind the one that it gave last, on behalf of whoever asked.
    private static ulong Any(MachineState state, ReadOnlySpan<ulong> bits)
    {
        uint count = (uint)Weight(state, bits);
        if (count == 0) return Cpus(state);
        uint left = EnvironmentCalls.NextRandom(state) % count;
        for (uint cpu = 0; ; cpu++)
            if ((bits[(int)cpu / BitsOfWord] >> (int)(cpu % BitsOfWord) & 1) != 0 && left-- == 0) return cpu;
    }

    private static ulong Weight(MachineState state, ReadOnlySpan<ulong> bits)
    {
        int count = BitOperations.PopCount(bits[^1] & Last(state));
        foreach (ulong word in bits[..^1]) count += BitOperations.PopCount(word);
        return (ulong)count;
    }

    private static long Populate(MachineState state)
    {
        OwnedCpuMask mask = Mask(state, 1);
        ulong size = state.Argument(3);
        int bytes = mask.Bits.Length * sizeof(ulong);
        if (size < (ulong)bytes) return MapError.Denied;

        // bitmap_copy copies whole words.
        MemoryMarshal.Cast<byte, ulong>(state.Read(2, bytes)).CopyTo(mask.Words);
        return 0;
    }

    private static ReadOnlySpan<ulong> Both(MachineState state)
    {
        ulong[] both = Bits(state, 1).ToArray();
        ReadOnlySpan<ulong> right = Bits(state, 2);
        for (int i = 0; i < both.Length; i++) both[i] &= right[i];
        return both;
    }

    private static ReadOnlySpan<ulong> Bits(MachineState state, int register) => Mask(state, register).Bits;

    private static OwnedCpuMask Mask(MachineState state, int register)
    {
        ulong address = state.Argument(register);
        return OwnedCpuMask.At(state.Memory, address) ?? throw new MachineStopException(
            FaultKind.InvalidArgument,
            $"0x{address:x} is no mask of CPUs that the program made, or it is not there any more", null, register);
    }

    private static uint Cpus(MachineState state) => (uint)(state.Options.CpuIds ?? state.Options.Cpus);

    // The bits of CPUs in the last word.
    private static ulong Last(MachineState state) => ulong.MaxValue >> (int)(0 - Cpus(state) & (BitsOfWord - 1));
}
