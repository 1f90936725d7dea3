using Skep.Isa;

namespace Skep.Debug.Verify;

/// <summary>Functions of a program that call themselves, or each other in a circle.</summary>
internal static class CallCycle
{
    /// <summary>Whether a program has such functions.</summary>
    public static bool IsIn(ControlFlowGraph flow)
    {
        // A function that calls none that is left is in no circle.
        var left = Enumerable.Range(0, flow.Functions.Length).ToHashSet();
        (int From, int To)[] calls = Calls(flow);
        while (left.RemoveWhere(one => !calls.Any(call => call.From == one && left.Contains(call.To))) > 0)
        {
        }

        return left.Count > 0;
    }

    private static (int From, int To)[] Calls(ControlFlowGraph flow)
    {
        var calls = new HashSet<(int From, int To)>();
        foreach (FlowCall call in flow.Calls)
        {
            if (call.IsAddress) continue;
            foreach (FlowFunction function in flow.Functions)
                if (call.Slot >= function.Start && call.Slot < function.End) calls.Add((function.Number, call.Function));
        }

        return [.. calls];
    }
}
