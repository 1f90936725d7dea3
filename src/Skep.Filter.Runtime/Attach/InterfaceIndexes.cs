using Skep.Bpf;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Devices;

namespace Skep.Filter.Runtime.Attach;

/// <summary>Looks up the interfaces that rules match, in the network namespace of the table's devices.</summary>
internal static class InterfaceIndexes
{
    /// <summary>Puts the present indexes in the place of names.</summary>
    /// <param name="table">The table.</param>
    /// <param name="devices">Its devices.</param>
    /// <param name="report">Takes notices: rules that match interfaces which the table is not attached to.</param>
    /// <exception cref="InvalidDataException">There is no such interface.</exception>
    internal static Table Resolve(Table table, IReadOnlyCollection<ClaimedDevice> devices, Action<string> report)
    {
        var resolved = Interfaces.Resolve(table, (rule, name) => IndexOf(table, rule, name));
        foreach (var rule in resolved.Rules)
            if (NeverMatches(rule, devices))
                report($"line {rule.Line} matches no packet: table {table.Name} is not attached to the interface that it names");
        return resolved;
    }

    private static uint IndexOf(Table table, Rule rule, string name) => XdpDevice.FindIndex(name) is not 0 and var index ? index
        : throw new InvalidDataException(
            $"applying table {table.Name}: line {rule.Line} matches packets of {name}, and there is no such interface "
            + "(create it first, or give the name that it has now)");

    private static bool NeverMatches(Rule rule, IReadOnlyCollection<ClaimedDevice> devices) => rule.Matches.Any(m =>
        m is ValuesMatch { Fields: [Field.MetaIif] } values
        && !devices.Any(d => d.Stays && values.Elements.Contains([d.Index]) != values.Negated));
}
