using Skep.Filter.Model;
using Skep.Filter.Runtime.Devices;
using Skep.Filter.Runtime.State;

namespace Skep.Filter.Runtime.Attach;

/// <summary>Says what an apply would do to each device.</summary>
internal static class TrialReport
{
    /// <summary>Writes a message a device.</summary>
    public static void Write(Table table, IEnumerable<ClaimedDevice> devices, AppliedState? before, Action<string> report)
    {
        foreach (ClaimedDevice device in devices)
        {
            string what = !device.Stays ? "would be detached from"
                : device.Foreign is { } foreign ? $"would replace {foreign.Description} on"
                : device.IsTaken ? "would replace the rules of another table on"
                : device.Link is not null && before is not null ? "would replace its rules on"
                : "would be attached to";
            report($"table {table.Name}: {what} {device.Name}");
        }
    }
}
