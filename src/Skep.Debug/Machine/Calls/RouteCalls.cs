using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine.Calls;

/// <summary>Routes, neighbours and the MTUs of devices, which a kernel is asked for.</summary>
internal static class RouteCalls
{
    // sizeof(struct bpf_fib_lookup): what is behind it is not looked at.
    private const int FibBytes = 64;

    public static readonly (string, CallHandler)[] All =
    [
        ("bpf_fib_lookup", FibLookup),
        ("bpf_check_mtu", CheckMtu),
    ];

    private static ulong FibLookup(MachineState state)
    {
        state.RequireContext(1);
        int length = Math.Min(state.Size(3), FibBytes);
        byte[] parameters = state.Read(2, length).ToArray();
        return Ask(state, 2, "bpf_fib_lookup", parameters, (uint)length, state.Number(4));
    }

    private static ulong CheckMtu(MachineState state)
    {
        state.RequireContext(1);
        uint device = state.Number(2);
        byte[] length = state.Read(3, sizeof(uint)).ToArray();
        return Ask(state, 3, "bpf_check_mtu", length, device, state.Number(4), state.Argument(5));
    }

    private static ulong Ask(MachineState state, int register, string call, byte[] bytes, params ulong[] numbers)
    {
        state.Blamed = 0;
        KernelAnswer answer = state.Ask(call, bytes, numbers);
        answer.Bytes.Span.CopyTo(state.Write(register, answer.Bytes.Length));
        return answer.Result;
    }
}
