namespace Skep.EndToEnd.Support;

/// <summary>Tests of what the whole machine does, or of what the kernel does for all of it: nothing runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneOnTheMachine
{
    public const string Name = "alone on the machine";
}
