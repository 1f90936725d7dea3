using System.Collections.Frozen;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine.Calls;

/// <summary>Does what a helper or a kernel function does.</summary>
/// <returns>The result, for r0; meaningless when the call went elsewhere.</returns>
internal delegate ulong CallHandler(MachineState state);

/// <summary>What the machine does of the kernel's functions, by name.</summary>
internal static class CallTable
{
    private const string WithHidden = "_impl";

    private static readonly FrozenDictionary<string, CallHandler> Handlers = Of(
        MapCalls.All, RingCalls.All, OutputCalls.All, EnvironmentCalls.All, MemoryCalls.All, TextCalls.All, ControlCalls.All,
        LockCalls.All, XdpCalls.All, SkbCalls.All, SkbRoomCalls.All, VlanCalls.All, ChecksumCalls.All, RedirectCalls.All,
        RouteCalls.All, SocketCalls.All, DynptrCalls.All, DynptrSliceCalls.All, StringCalls.All, BitIteratorCalls.All, KernelCalls.All,
        ObjectCalls.All, ListCalls.All, TreeCalls.All, TimerCalls.All, CpuMaskCalls.All);

    /// <summary>What a function does; null where the machine does not know it.</summary>
    public static CallHandler? Find(string name) => Handlers.GetValueOrDefault(PlainName(name));

    /// <summary>
    /// The name of a function as Linux 7.0 and later have it: what the verifier fills in are no parameters of it there. Where they are, the
    /// name ends in <c>_impl</c>.
    /// </summary>
    public static string PlainName(string name) =>
        name.EndsWith(WithHidden, StringComparison.Ordinal) ? name[..^WithHidden.Length] : name;

    /// <summary>The names of all.</summary>
    public static IEnumerable<string> Names => Handlers.Keys;

    private static FrozenDictionary<string, CallHandler> Of(params (string Name, CallHandler Handler)[][] groups) =>
        groups.SelectMany(group => group).ToFrozenDictionary(row => row.Name, row => row.Handler, StringComparer.Ordinal);
}
