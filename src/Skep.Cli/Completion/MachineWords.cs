using Skep.Bpf;
using Skep.Filter.Runtime.Tables;
using Skep.Inventory.Objects;
using Skep.Linux.Errors;
using Skep.Linux.Kernel;
using Skep.Linux.Time;
using Skep.Output;

namespace Skep.Cli.Completion;

/// <summary>The names of this machine. What may not be read has none: whoever types is not to be disturbed.</summary>
internal sealed class MachineWords : IKnownWords
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Tables => Try<string>(() => [.. AppliedTable.List()]);

    /// <inheritdoc/>
    public IReadOnlyList<string> Devices => Try<string>(() => KernelDirectory.Names("/sys/class/net").Value ?? []);

    /// <inheritdoc/>
    public IReadOnlyList<string> Namespaces => Try<string>(() => KernelDirectory.Names("/run/netns").Value ?? []);

    /// <inheritdoc/>
    public IReadOnlyList<KnownObject> Objects(string kind) => Try<KnownObject>(() => kind switch
    {
        "PROG" => [.. ObjectWalk.Programs(new BootClock()).Select(one => one.Entry).OfType<ProgramEntry>().Select(one =>
            new KnownObject(one.Info.Id, one.Info.Type.Name(), Plain(one.Name), one.Info.Tag))],
        "MAP" => [.. ObjectWalk.Maps().Select(one => one.Entry).OfType<MapEntry>().Select(one =>
            new KnownObject(one.Info.Id, one.Info.Type.Name(), Plain(one.Info.Name)))],
        "LINK" => [.. ObjectWalk.Links().Select(one => one.Entry).OfType<LinkEntry>().Select(one =>
            new KnownObject(one.Info.Id, one.Info.Type.Name(), ""))],
        _ => [.. ObjectWalk.BtfObjects().Select(one => one.Entry).OfType<BpfBtfInfo>().Select(one =>
            new KnownObject(one.Id, "btf", Plain(one.Name)))],
    });

    // A shell would take what stands for an unprintable letter as it is: such a name cannot be completed.
    private static string Plain(string name) => SafeText.Escape(name) == name && !name.Any(char.IsWhiteSpace) ? name : "";

    private static T[] Try<T>(Func<T[]> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is KernelException or IOException or InvalidDataException or NotSupportedException
            or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
