using Skep.Filter.Compile;
using Skep.Filter.Runtime.Maps;

namespace Skep.Filter.Runtime.Tests.Fixtures;

/// <summary>Whether the kernel has the memory that a test is about.</summary>
internal static class ArenaSupport
{
    public static void IsRequired(ClassifierMemory memory) => Assert.SkipUnless(
        memory == ClassifierMemory.Array || ClassifierMaps.Kind == ClassifierMemory.Arena,
        "the machine cannot: its kernel has no arenas");
}
