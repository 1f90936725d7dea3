using Skep.Linux.Kernel;

namespace Skep.Inventory.Machine;

/// <summary>The names of dynamic PMUs, which the kernel numbers as they come. Read when the first is asked for.</summary>
internal sealed class PerfDevices
{
    private readonly Lazy<Dictionary<uint, string>> _names = new(Read);

    /// <summary>Null for a type that is none's.</summary>
    public string? Name(uint type) => _names.Value.GetValueOrDefault(type);

    private static Dictionary<uint, string> Read()
    {
        const string devices = "/sys/bus/event_source/devices";
        var names = new Dictionary<uint, string>();
        foreach (string device in KernelDirectory.Names(devices).Value ?? [])
            if (KernelFile.Number($"{devices}/{device}/type") is >= 0 and <= uint.MaxValue and { } type) names[(uint)type] = device;

        return names;
    }
}
